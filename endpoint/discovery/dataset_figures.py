"""The figures of the dataset: its growth by version, and its quality on scales with words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.editions.data_quality import Measurement
from urbansdg.endpoint.editions.edition import Edition
from urbansdg.endpoint.figures.figure_blocks import bars_figure, lines_figure
from urbansdg.endpoint.figures.figure_data import BarRow, ChartSeries
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.errors import StoreError

_MOST_VERSIONS: Final = 24
_FACETS: Final = Decimal(10)
_PER_CENT: Final = Decimal(100)
_COMPLETENESS: Final = "-completeness"


def dataset_figures(
    context: Context, versions: Sequence[int], edition: Edition, site: SiteLinks
) -> list[Markup]:
    """Return the figures of a version of the dataset that have something to draw.

    `versions` are the numbers of all versions.
    """
    growth = _growth(context, [n for n in versions if 0 < n <= edition.number], site)
    return [*growth, *_quality(context, edition.quality, site)]


def _growth(context: Context, numbers: list[int], site: SiteLinks) -> list[Markup]:
    """Return the statements of some versions, evenly spaced, the first and the last among them."""
    step = max(1, -(-len(numbers) // _MOST_VERSIONS))
    points: list[tuple[str | Decimal, Decimal]] = []
    for number in dict.fromkeys((*numbers[::step], *numbers[-1:])):
        try:
            version = context.store.version(number)
        except StoreError:
            continue  # pruned or damaged: the others are drawn
        points.append((Decimal(number), Decimal(version.triples)))
    if len(points) < 2:  # noqa: PLR2004  # one version has not grown
        return []
    words = site.words
    columns = (words("dataset"), words("figure_version"), words("triples"))
    series = ChartSeries(words("triples"), tuple(points))
    return [lines_figure(words, words("figure_growth"), columns, [series])]


def _quality(context: Context, quality: tuple[Measurement, ...], site: SiteLinks) -> list[Markup]:
    """Return the completeness on a scale of ten facets, and the shares in per cent."""
    if not quality:
        return []
    names = ThingList.of(context.snapshot().store, site, (one.iri for one in quality))
    facets: list[BarRow] = []
    shares: list[BarRow] = []
    for one in quality:
        name = names.named(one.iri)
        value = Decimal(one.value)
        href = site.at(f"/vocab/metric#{one.metric}")
        if one.metric.endswith(_COMPLETENESS):
            facets.append((name.text, value, href))
        else:
            shares.append((name.text, value * _PER_CENT, href))
    words = site.words
    columns = (words("figure_measure"), words("value"))
    return [
        bars_figure(words, words(title), columns, rows, whole=whole)
        for title, rows, whole in (
            ("figure_completeness", facets, _FACETS),
            ("figure_shares", shares, _PER_CENT),
        )
        if rows
    ]
