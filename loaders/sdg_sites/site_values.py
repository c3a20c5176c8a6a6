"""The values of a site as values of series, each with its indicator, area, unit and sources."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from urbansdg.errors import Place, Problem, SourceUnreadable
from urbansdg.loaders.gazetteer.reference_areas import ReferenceArea, ReferenceAreas
from urbansdg.loaders.parse.facts import Fact, ReadResult
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.sdg_sites.indicator_numbers import refined_measure
from urbansdg.loaders.sdg_sites.indicator_texts import (
    IndicatorTexts,
    graph_title,
    indicator_texts,
)
from urbansdg.loaders.sdg_sites.site_areas import Outcome, SiteAreas
from urbansdg.loaders.sdg_sites.site_layout import SiteLayout, SiteTable
from urbansdg.loaders.sdg_sites.site_metadata import IndicatorMetadata, SiteMetadata
from urbansdg.loaders.sdg_sites.site_tables import (
    Columns,
    TableContent,
    columns_of,
    omission,
    read_content,
    refusal,
    rows_warning,
)
from urbansdg.loaders.sdg_sites.site_translations import SiteTranslations
from urbansdg.loaders.tables.data_cube_series import Series, SeriesValue, series_key
from urbansdg.ontology.iris import Iris, slug
