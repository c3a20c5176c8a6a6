"""The table of policies of an overview, as a reader chose it: order, filters, page."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.html.page_values import ListPage, PageValue
from urbansdg.endpoint.pages.overviews.policy_overview import PolicyOverview, PolicyRow
from urbansdg.endpoint.pages.overviews.table_view import COLUMNS, NAMES, SIZE, TableView
from urbansdg.endpoint.pages.things.page_facts import PageFacts

_LAST: Final = "\U0010ffff"
"""Sorts after every text: policies without a value come last."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: the key of its title, the address of the table in its order, its `aria-sort`."""

    key: str
    href: str
    order: str | None


@dataclass(frozen=True, slots=True)
class FilterOption:
    """A value of a filter: its code, its label, its number of policies, whether it is chosen."""

    code: str
    label: str
    policies: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class TableLine:
    """A row of the table, as links and texts."""

    policy: PageValue
    city: PageValue | None
    country: PageValue | None
    status: PageValue | None
    year: str
    budgets: int
    outcomes: int


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """A page of the table.

    `matching` of `total` policies pass the filters; `first` to `last` of them are on this page.
    `fields` are the parameters that a form of filters keeps.
    """

    view: TableView
    columns: tuple[TableColumn, ...]
    lines: tuple[TableLine, ...]
    total: int
    matching: int
    first: int
    last: int
    turn: ListPage
    everything: str
    fields: tuple[tuple[str, str], ...]
    regions: tuple[FilterOption, ...]
    statuses: tuple[FilterOption, ...]


def table_of(overview: PolicyOverview, facts: PageFacts, view: TableView) -> PolicyTable:
    """Return the page of the table that a reader chose."""
    address = ViewAddress(facts)
    matching = [row for row in overview.rows if _passes(row, view)]
    ordered = sorted(matching, key=_order(facts, "name"))
    if view.sort != "name" or view.descending:
        key = _order(facts, view.sort)
        ordered.sort(key=key, reverse=view.descending)
        ordered.sort(key=lambda row: key(row)[0] == _LAST)
    begin = (view.number - 1) * SIZE
    lines = tuple(_line(facts, row) for row in ordered[begin : begin + SIZE])
    return PolicyTable(
        view,
        tuple(_column(address, view, key) for key in COLUMNS),
        lines,
        overview.totals.policies,
        len(matching),
        begin + 1,
        begin + len(lines),
        ListPage(
            view.number,
            address.of(view.of_page(view.number - 1)) if view.number > 1 and lines else None,
            address.of(view.of_page(view.number + 1)) if begin + SIZE < len(matching) else None,
        ),
        address.of(TableView()),
        address.fields(),
        _options(overview, view.region, lambda row: row.areas, _area_name(facts)),
        _options(
            overview, view.status, _status_of, lambda code: _status_name(facts, code, overview)
        ),
    )


@dataclass(frozen=True, slots=True)
class ViewAddress:
    """The addresses of other views of the page."""

    facts: PageFacts

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of the page that do not choose a view."""
        site = self.facts.site
        own = tuple((name, value) for name, value in site.query if name not in NAMES)
        language = site.reader.query_language
        return (*own, ("lang", language)) if language else own

    def of(self, view: TableView) -> str:
        """Return the address of a view, at its table."""
        site = self.facts.site
        own = {name: value for name, value in site.query if name not in NAMES}
        return site.at(f"{site.path}#policies", **own, **view.parameters())


def _passes(row: PolicyRow, view: TableView) -> bool:
    parts = {"": 1, "budget": row.budgets, "outcome": row.outcomes}
    return (
        (not view.region or view.region in row.areas)
        and (not view.status or view.status == local_name(row.status or ""))
        and parts[view.has] > 0
    )


def _order(facts: PageFacts, column: str) -> Callable[[PolicyRow], tuple[str, str]]:
    """Return the sort key of a column; equal values are in the order of names."""

    def name_of(iri: str | None) -> str:
        return facts.link(iri).text.casefold() if iri else _LAST

    keys: dict[str, Callable[[PolicyRow], str]] = {
        "name": lambda row: name_of(row.policy),
        "city": lambda row: name_of(row.city),
        "country": lambda row: name_of(row.country),
        "status": lambda row: name_of(row.status),
        "year": lambda row: row.year or _LAST,
        "budget": lambda row: f"{row.budgets:09}" if row.budgets else _LAST,
        "outcome": lambda row: f"{row.outcomes:09}" if row.outcomes else _LAST,
    }
    key = keys[column]
    return lambda row: (key(row), row.policy)


def _column(address: ViewAddress, view: TableView, key: str) -> TableColumn:
    is_sorted = view.sort == key
    order = ("descending" if view.descending else "ascending") if is_sorted else None
    return TableColumn(key, address.of(view.sorted_by(key)), order)


def _line(facts: PageFacts, row: PolicyRow) -> TableLine:
    city, country, status = (
        facts.link(iri) if iri else None for iri in (row.city, row.country, row.status)
    )
    policy = facts.link(row.policy)
    return TableLine(policy, city, country, status, row.year, row.budgets, row.outcomes)


def _options(
    overview: PolicyOverview,
    chosen: str,
    codes_of: Callable[[PolicyRow], frozenset[str]],
    label_of: Callable[[str], str],
) -> tuple[FilterOption, ...]:
    counts = Counter(code for row in overview.rows for code in codes_of(row))
    if chosen and chosen not in counts:
        counts[chosen] = 0
    options = (
        FilterOption(code, label_of(code), number, code == chosen)
        for code, number in counts.items()
    )
    return tuple(sorted(options, key=lambda option: option.label.casefold()))


def _status_of(row: PolicyRow) -> frozenset[str]:
    return frozenset({local_name(row.status)} if row.status else ())


def _status_name(facts: PageFacts, code: str, overview: PolicyOverview) -> str:
    iris = (row.status for row in overview.rows if row.status and local_name(row.status) == code)
    iri = next(iris, None)
    return facts.link(iri).text if iri else code


def _area_name(facts: PageFacts) -> Callable[[str], str]:
    base = facts.site.base
    return lambda code: facts.link(f"{base}/id/area/{code}").text
