"""Reader of an Open SDG site: a repository of data, a published site, or a ZIP archive of either.

A site starts from a template with invented numbers. Unchanged template files, the demonstration
and the filler of indicators that are not started are recognised and left out with a warning. What
a site's files are is in `urbansdg.loaders.sdg_sites`. Format: Open SDG documentation, "Data format"
(columns `Year`, breakdowns, `Units`, `Value`; file `indicator_1-2-1.csv`, metadata `1-2-1.md`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.reference_areas import ReferenceAreas
from urbansdg.loaders.parse.facts import Fact, ReadResult
from urbansdg.loaders.sdg_sites.site_areas import SiteAreas, site_place
from urbansdg.loaders.sdg_sites.site_layout import SiteLayout, is_site, site_layout
from urbansdg.loaders.sdg_sites.site_metadata import SiteMetadata
from urbansdg.loaders.sdg_sites.site_translations import SiteTranslations, read_translations
from urbansdg.loaders.sdg_sites.site_values import SeriesNames, SiteValues
from urbansdg.loaders.tables.data_cube_series import series_facts
from urbansdg.loaders.tables.field_mapping import term
from urbansdg.ontology.iris import slug
from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class OpenSdg:
    """The reader of the data of an Open SDG site."""

    name: str = "open-sdg"
    version: str = "2"

    def reads(self, path: Path) -> bool:
        """Return whether a folder or archive has tables of indicators, by a short look."""
        return is_site(path)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read every indicator of the site.

        Raises `SourceUnreadable` if an archive is damaged, or if neither `--city` nor the site
        itself names the place of its values.
        """
        layout = site_layout(path, context.folder / f"site-{slug(path.name)}")
        metadata = SiteMetadata(layout)
        translations = read_translations(layout.bases, layout.config)
        areas = _areas(layout, metadata, translations, context)
        key = graph or slug(layout.name)
        source = Source(path.name, _checksum(path, layout, metadata), self.name, self.version)
        site = SiteValues(
            key, layout, metadata, translations, areas, context.iris, tell=context.tell
        )
        record = {"key": key, "title": f"SDG indicators of {layout.name} (Open SDG)"}
        results = series_facts(record, Place(path.name), site.values(), context.iris)
        described = _with_names(results, site.names, translations.language)
        total = _lines(layout)
        return write_draft(key, described, source, context, total, rows_are_independent=True)


def _areas(
    layout: SiteLayout,
    metadata: SiteMetadata,
    translations: SiteTranslations,
    context: ReadContext,
) -> SiteAreas:
    areas = ReferenceAreas(context, translations.language)
    coverages = (
        translations.text(metadata.of(table.indicator).coverage) for table in layout.tables
    )
    own = site_place(areas, context.city, layout.config.country, coverages)
    if own is None:
        raise SourceUnreadable(
            f"{layout.name} does not name the city of its values.",
            "Name the city with --city, by its key in the graph.",
            place=Place(layout.name),
        )
    return SiteAreas(areas, own)


def _checksum(path: Path, layout: SiteLayout, metadata: SiteMetadata) -> str:
    """Return the checksum of an archive, or of the files that are read of a folder."""
    if path.is_file():
        return checksum([path])
    files = {table.path for table in layout.tables} | {*metadata.files(), *layout.other_files()}
    return checksum(sorted(files))


def _lines(layout: SiteLayout) -> int:
    """Return the number of lines of the tables, for the progress."""
    return sum(table.path.read_bytes().count(b"\n") for table in layout.tables)


def _with_names(
    results: Iterable[ReadResult], names: dict[str, SeriesNames], language: str
) -> Iterator[ReadResult]:
    """Yield the results, and after the class of an indicator its further names and publishers."""
    for result in results:
        yield result
        if isinstance(result, Fact) and (series := names.pop(result.subject, None)):
            texts = (
                *(("skos:prefLabel", text, tag) for tag, text in series.translated.items()),
                *(("skos:altLabel", text, language) for text in series.others),
                *(("dcterms:publisher", text, language) for text in series.publishers),
            )
            for name, text, tag in texts:
                literal = ox.Literal(text, language=tag)
                yield Fact(result.subject, term(name), literal, result.place)


READER = OpenSdg()
