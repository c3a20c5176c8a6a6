"""A result as a part of a page: the table or another view, the number of rows, the downloads."""

from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from babel.numbers import format_decimal
from markupsafe import Markup

from urbansdg.endpoint.html import markup
from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.results.result_address import ResultAddress
from urbansdg.endpoint.results.result_cells import ResultCells
from urbansdg.endpoint.results.result_columns import ResultColumn
from urbansdg.endpoint.results.result_figure import ResultArtist
from urbansdg.endpoint.results.result_query import QueryResult
from urbansdg.endpoint.results.result_table import ResultTable
from urbansdg.endpoint.results.result_views import ResultView, ResultViews, views_of
from urbansdg.ontology.media_types import GRAPHS, RESULTS, XLSX, Format
from urbansdg.store import ReadableGraph

_GRAPH_NAMES: Final = {
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF/XML",
}


@dataclass(frozen=True, slots=True)
class ResultDownload:
    """A format in which a result can be saved: its name, its address, the name of the file."""

    name: str
    format: str
    href: str
    file: str


@dataclass(frozen=True, slots=True)
class ResultSection:
    """What a page shows of a result in the language of its reader.

    `views` are the tabs: name and address. `table` is None where `view` is not the table.
    """

    result: QueryResult
    views: tuple[tuple[ResultView, str], ...]
    view: ResultView
    table: Markup | None
    figure: Markup | None
    downloads: tuple[ResultDownload, ...]
    permanent: str | None
    seconds: str
    address: ResultAddress

    @property
    def is_cut(self) -> bool:
        """Whether the answer has more rows than the page shows."""
        table = self.result.table
        return len(table.rows) < table.total or not table.is_total_known


def result_section(
    result: QueryResult,
    store: ReadableGraph,
    address: ResultAddress,
    *,
    view: str,
    name: str = "result",
    title: str | None = None,
    heads: dict[str, str] | None = None,
    keeps_versions: bool = True,
    figure_path: str | None = None,
) -> ResultSection:
    """Return the section of a result; an unknown `view` is the table.

    `name` begins the names of saved files, `title` is that of figures, `heads` has words for the
    columns. `store` has the names of things. Without versions there is no permanent address.
    `figure_path` is where the server has the views as images, None if it does not.
    """
    site, table = address.site, result.table
    views = views_of(table)
    chosen: ResultView = next((one for one in views.names if one == view), "table")
    cells = ResultCells.of(store, site, table)
    artist = ResultArtist(views, cells, title or site.words(f"view_{chosen}"), heads or {})
    drawing = artist.draw(chosen)
    number = result.version if keeps_versions else None
    image = None
    if figure_path is not None:
        image = ResultAddress.of(site, figure_path, address.parameters, number).view(chosen)
    return ResultSection(
        result,
        tuple((one, address.view(one)) for one in views.names),
        chosen,
        _table(views, cells, heads or {}) if drawing is None else None,
        None if drawing is None else drawing.framed(image),
        tuple(_downloads(address, table, name, number)),
        address.pinned(result.version) if keeps_versions and address.is_short else None,
        _seconds(result.seconds, site),
        address,
    )


def _downloads(
    address: ResultAddress, table: ResultTable, name: str, version: int | None
) -> list[ResultDownload]:
    forms: tuple[Format, ...] = (*RESULTS, XLSX)
    named = {form.name: form.name.upper() for form in forms}
    if table.is_graph:
        named, forms = _GRAPH_NAMES, tuple(form for form in GRAPHS if form.name in _GRAPH_NAMES)
    if table.boolean is not None:
        forms = RESULTS[:2]
    suffix = "" if version is None else f"-v{version}"
    order = ("csv", "xlsx", "tsv", "json", "xml")
    ordered = sorted(forms, key=lambda form: order.index(form.name) if form.name in order else 9)
    return [
        ResultDownload(
            named[form.name],
            form.name,
            address.format(form.name, version),
            f"{name}{suffix}.{_ENDINGS.get(form.extension, form.extension)}",
        )
        for form in ordered
    ]


_ENDINGS: Final = {"srj": "json", "srx": "xml"}


def _seconds(seconds: float, site: SiteLinks) -> str:
    digits = 3 if seconds < 1 else 1
    return format_decimal(Decimal(f"{seconds:.{digits}f}"), locale=site.words.locale)


def _table(views: ResultViews, cells: ResultCells, heads: dict[str, str]) -> Markup | None:
    table, say = views.table, cells.site.words
    if table.boolean is not None or not table.rows:
        return None
    head = "".join(_head(column, heads) for column in views.columns)
    numeric = {column.index for column in views.columns if column.kind in _ALIGNED}
    rows = "".join(
        "".join(
            (
                "<tr>",
                *(_cell(cells.cell(term), n in numeric, say) for n, term in enumerate(row)),
                "</tr>\n",
            )
        )
        for row in table.rows
    )
    return Markup(f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table>")  # noqa: S704  # escaped


_ALIGNED: Final = frozenset(("number", "latitude", "longitude"))


def _head(column: ResultColumn, heads: dict[str, str]) -> str:
    kind = ' class="number"' if column.kind in _ALIGNED else ""
    return f'<th scope="col"{kind}><bdi>{escape(heads.get(column.name, column.name))}</bdi></th>'


def _cell(value: PageValue, is_number: bool, say: InterfaceTexts) -> str:  # noqa: FBT001  # a cell
    kind = ' class="number"' if is_number else ""
    if not value.text:
        return f"<td{kind}></td>"
    if not value.href:
        cut = f' <span class="note">{escape(say("cut"))}</span>' if value.is_cut else ""
        return f"<td{kind}>{markup.link(value)}{cut}</td>"
    # A query can name any address: search engines are not to take it for a link of this site.
    away = ' rel="nofollow noreferrer"' if value.href.startswith("http") else ""
    title = f' title="{escape(value.iri)}"' if value.iri else ""
    text = f"<bdi>{escape(value.text)}</bdi>"
    attributes = f'href="{escape(value.href)}"{title}{away}{markup.marks(value)}'
    return f"<td{kind}><a {attributes}>{text}</a></td>"
