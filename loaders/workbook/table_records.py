"""Converts rows of the workbook to records of our tables."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from urbansdg.loaders.gazetteer.city_gazetteer import bundled_cities
from urbansdg.loaders.parse.facts import LISTED, Cell, Record
from urbansdg.loaders.tables.parts import INDICATOR
from urbansdg.loaders.workbook.column_parsers import split_list
from urbansdg.loaders.workbook.parsed_row import ParsedRow
from urbansdg.loaders.workbook.workbook_entities import WorkbookNames, digest, policy_key
from urbansdg.ontology.iris import slug

_STATED: Final = "stated"
_KEYED: Final = ("key", "slug", "title", "name", "description", "role", "text")
"""Columns of a sheet that a key can be made from."""


@dataclass(frozen=True, slots=True)
class RecordCells:
    """The cells of a record.

    `origins` gives the column of the sheet for a cell whose column has another name there.
    """

    table: str
    cells: Mapping[str, str]
    origins: Mapping[str, str] = field(default_factory=dict)


RecordBuilder = Callable[[ParsedRow, WorkbookNames], Iterator[RecordCells]]


@dataclass(frozen=True, slots=True)
class TableRecord:
    """A record and the name of its table."""

    table: str
    record: Record


def table_records(row: ParsedRow, book: WorkbookNames) -> Iterator[TableRecord]:
    """Yield the records of a row."""
    for table_row in _BUILDERS[row.row.form.name](row, book):
        filled = {column: text for column, text in table_row.cells.items() if text}
        headings = _Headings(row, table_row)
        yield TableRecord(table_row.table, Record(row.row.place, filled, headings, book.language))


class _Headings(dict[str, str]):
    """The headings in the sheet, by column of the table."""

    def __init__(self, row: ParsedRow, table_row: RecordCells) -> None:
        columns = row.row.columns
        stated = "as_stated" if "as_stated" in row.row.cells else "amount"
        named = {"as_stated": stated, **table_row.origins}
        keyed = next((columns[name] for name in _KEYED if name in columns), "")
        super().__init__({"key": keyed, **columns})
        self.update({ours: columns[theirs] for ours, theirs in named.items() if theirs in columns})


def _city(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = book.city or ""
    if not is_bundled_city(key):
        yield RecordCells("cities.csv", _city_cells(row, key, book))
    if "population" in row.texts:
        yield _population(row, key)
    for kind in ("philosophy", "concept"):
        if kind in row.texts:
            yield _statement(row, key, kind)


def is_bundled_city(key: str) -> bool:
    """Return whether the bundled data describes a city, so that the workbook need not."""
    return key in _bundled_keys()


@cache
def _bundled_keys() -> frozenset[str]:
    return frozenset([city.key for city in bundled_cities()])


def _population(row: ParsedRow, key: str) -> RecordCells:
    origins = {
        "year": "population_year",
        "area_kind": "population_area",
        "boundary_year": "population_boundary",
        "source": "population_source",
    }
    fields = {column: row.texts.get(name, "") for column, name in origins.items()}
    cells = {"city": key, "population": row.texts["population"], **fields}
    return RecordCells("populations.csv", cells, origins)


def _city_cells(row: ParsedRow, key: str, book: WorkbookNames) -> dict[str, str]:
    own = row.texts.get("local_language", book.language)
    name = row.texts.get("local_name", "")
    known = book.cities.by_key.get(key)
    # a name that differs from that of a gazetteer becomes an alternative label
    english = known.label if known and known.is_in_gazetteer else row.texts["name"]
    return {
        "key": key,
        **row.only("country", "region", "geonames", "wikidata", "unlocode"),
        **row.only("latitude", "longitude", "homepage"),
        "en": english,
        "other": f"{own}:{name}" if name and own != "en" else "",
    }


def _statement(row: ParsedRow, key: str, kind: str) -> RecordCells:
    stated = _STATED if kind == "philosophy" else f"{_STATED}-{kind}"
    origins = {"text": kind, "date": "statement_date", "source": "statement_source"}
    fields = {column: row.texts.get(name, "") for column, name in origins.items()}
    own = {"city": key, "key": stated, "kind": kind, "language": row.texts.get("language", "")}
    return RecordCells("statements.csv", own | fields, origins)


def _policies(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    city = row.texts.get("city", book.city or "")
    key = policy_key(row.row, book.city)
    plain = row.only(
        "title", "partners", "summary", "philosophy", "concept", "objective", "theme", "type",
        "status", "instrument", "groups", "programme", "succeeds", "results", "lessons",
        "conditions", "legal_basis", "source",
    )  # fmt: skip
    addressed = _split(row.texts.get("targets")) + _split(row.texts.get("goals"))
    identity = {"key": key, "city": city, "slug": key.removeprefix(f"{book.city}-")}
    areas = dict(_city_areas(row, city)) if "areas" in row.texts else {}
    for area, name in areas.items():
        cells = {"key": area, "city": city} | _named(name, book)
        yield RecordCells(
            "city_areas.csv", cells, {"key": "areas", "en": "areas", "other": "areas"}
        )
    yield RecordCells("policies.csv", identity | plain | {"implemented_in": LISTED.join(areas)})
    for kind in ("planned", "actual"):
        start, end = row.texts.get(f"{kind}_start", ""), row.texts.get(f"{kind}_end", "")
        if start or end:
            origins = {"policy": "title", "start": f"{kind}_start", "end": f"{kind}_end"}
            cells = {"policy": key, "kind": kind, "start": start, "end": end}
            yield RecordCells("periods.csv", cells, origins)
    for code in dict.fromkeys(addressed):
        if not book.used["claims", f"{key} {code}"]:
            column = "targets" if code in _split(row.texts.get("targets")) else "goals"
            cells = {"policy": key, "claimant_city": city} | _claimed(code)
            origins = {"policy": "title", "target": column, "goal": column}
            yield RecordCells("claims.csv", cells, origins)


def _city_areas(row: ParsedRow, city: str) -> Iterator[tuple[str, str]]:
    """Yield the key and the name of each area of the city in the cell of a policy."""
    for name in re.split(r"\s*[;|]\s*", row.texts["areas"]):
        if name:
            yield f"{city}-{slug(name)}", name


def _named(name: str, book: WorkbookNames) -> dict[str, str]:
    """Return the cell of a name in the language of the workbook."""
    return {"en": name} if book.language == "en" else {"other": f"{book.language}:{name}"}


def _budgets(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    yield from _organisations(row, book, "funding")
    kind = next(
        (row.texts[column] for column in ("cost_type", "kind") if column in row.texts), "amount"
    )
    key = _key(row, book, "budgets", kind, row.texts.get("year", ""))
    yield RecordCells("budgets.csv", {**row.texts, "key": key})


def _staff(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = _key(row, book, "staff", slug(row.texts["role"]), row.texts.get("year", ""))
    yield RecordCells("staff.csv", {**row.texts, "key": key})


def _stakeholders(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    yield from _organisations(row, book, "organisation")
    yield RecordCells("stakeholders.csv", row.only("policy", "organisation", "role"))


def _obstacles(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = _key(row, book, "obstacles", _short(row.texts["description"]))
    planned = {"plan_description", "plan_outcome"} & row.texts.keys()
    plan = row.texts.get("plan", key) if planned else ""
    yield RecordCells("obstacles.csv", {**row.texts, "key": key, "plan": plan})


def _targets(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    yield from _organisations(row, book, "claimant")
    for code in _split(row.texts["target"]):
        says = "" if "claimant" in row.texts else book.city or ""
        cells = {**row.texts, "target": "", "claimant_city": says}
        yield RecordCells("claims.csv", _claimed(code) | cells | _subject(code), {"goal": "target"})


def _claimed(code: str) -> dict[str, str]:
    """Return what a claim is about, and its kind by default: on a target it needs one."""
    return {**_subject(code), "kind": "direct"} if "." in code else _subject(code)


def _subject(code: str) -> dict[str, str]:
    return {"target" if "." in code else "goal": code}


def _phases(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = _key(row, book, "phases", _short(row.texts["title"]))
    yield RecordCells("phases.csv", {**row.texts, "key": key})


def _outcomes(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = _key(row, book, "outcomes", _short(row.texts["description"]))
    columns = row.only("policy", "description", "effect", "source") | {"key": key}
    columns |= {"unit": row.texts.get("effect_unit", "")}
    origins = {"unit": "effect_unit"}
    if "indicator" not in row.texts:
        yield RecordCells("outcomes.csv", columns, origins)
        return
    indicator = row.texts["indicator"]
    if not _is_code(indicator):
        name, indicator = indicator, book.own(slug(indicator))
        unit = row.texts.get("unit", "")
        cells = {"key": indicator, "name": name, "unit": unit}
        yield RecordCells("indicators.csv", cells, {"name": "indicator", "key": "indicator"})
    if book.unique("datasets", book.own("workbook")) == book.own("workbook"):
        cells = {"key": book.own("workbook"), "title": "Figures of the city's own policies"}
        yield RecordCells("datasets.csv", cells)
    of = {"dataset": book.own("workbook"), "city": book.city or "", "indicator": indicator}
    measured = [edge for edge in ("before", "after") if f"{edge}_value" in row.texts]
    for edge in measured:
        value = {"year": row.texts.get(edge, ""), "value": row.texts[f"{edge}_value"]}
        cells = of | value | row.only("unit", "method", "source")
        yield RecordCells("observations.csv", cells, {"year": edge, "value": f"{edge}_value"})
    yield RecordCells("outcomes.csv", columns | (of | row.only(*measured)), origins)


def _transfers(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = _key(row, book, "transfers", row.texts.get("origin") or row.texts["city"])
    yield RecordCells("transfers.csv", {**row.texts, "key": key})


def _media(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    name = row.texts.get("title", "")
    default_key = book.own(slug(name) if name else digest(row.texts["address"]))
    key = book.key("media", row.texts.get("key"), default_key)
    yield RecordCells("media.csv", {**row.texts, "key": key} | _about(row, book))


def _contacts(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = book.key("contacts", row.texts.get("key"), book.own(slug(row.texts["name"])))
    yield RecordCells("contacts.csv", {**row.texts, "key": key} | _about(row, book))


def _cooperation(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    key = book.key("cooperation", row.texts.get("key"), book.own(slug(row.texts["title"])))
    targets = [code for code in _split(row.texts.get("targets")) if "." in code]
    own = {"key": key, "city": book.city or ""}
    yield RecordCells("cooperation.csv", {**row.texts, **own, "targets": LISTED.join(targets)})


def _opinions(row: ParsedRow, book: WorkbookNames) -> Iterator[RecordCells]:
    about = row.texts.get("policy") or row.texts["answers"]
    default_key = f"{about}-{digest(row.texts['text'], row.texts['date'])}"
    key = book.key("opinions", row.texts.get("key"), default_key)
    yield RecordCells("opinions.csv", {**row.texts, "key": key})


def _about(row: ParsedRow, book: WorkbookNames) -> dict[str, str]:
    """Return the city as the subject of what belongs to no policy."""
    return {} if "policies" in row.texts else {"cities": book.city or ""}


def _organisations(row: ParsedRow, book: WorkbookNames, column: str) -> Iterator[RecordCells]:
    """Yield the organisations that a cell names and that are new."""
    cell = row.cell(column)
    for item in _names_in(cell, column):
        key = book.organisation(item)
        if book.is_new(item) and book.unique("organisations", key) == key:
            homepage = row.texts.get("homepage", "")
            cells = {"key": key, "name": item.text, "homepage": homepage}
            yield RecordCells("organisations.csv", cells, {"name": column, "key": column})


def _names_in(cell: Cell | None, column: str) -> Iterator[Cell]:
    if cell is not None:
        yield from split_list(cell) if column == "funding" else (cell,)


def _key(row: ParsedRow, book: WorkbookNames, table: str, *parts: str) -> str:
    """Return the key of a part of a policy: its own, or one made from its content."""
    default_key = slug("-".join(part for part in parts if part))
    whole = row.texts["policy"]
    return book.key(
        f"{table} {whole}", row.texts.get("key"), default_key or digest(*row.texts.values())
    )


def _short(text: str) -> str:
    """Return the first five words of a text, as a key."""
    return "-".join(slug(text).split("-")[:5])


def _split(text: str | None) -> list[str]:
    return text.split(LISTED) if text else []


def _is_code(text: str) -> bool:
    return re.fullmatch(INDICATOR, text) is not None


_BUILDERS: Final[Mapping[str, RecordBuilder]] = {
    "city": _city,
    "policies": _policies,
    "budgets": _budgets,
    "staff": _staff,
    "stakeholders": _stakeholders,
    "obstacles": _obstacles,
    "targets": _targets,
    "phases": _phases,
    "outcomes": _outcomes,
    "transfers": _transfers,
    "media": _media,
    "contacts": _contacts,
    "cooperation": _cooperation,
    "opinions": _opinions,
}
