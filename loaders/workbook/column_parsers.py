"""Parsers of cells: each kind of column has one."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from rapidfuzz import fuzz, process

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.cells import amounts, dates, number_cells, sdg_codes, web_addresses
from urbansdg.loaders.cells.choice_lists import ChoiceList, ListedValues, listed_values
from urbansdg.loaders.cells.date_remedies import Edge
from urbansdg.loaders.cells.missing_values import has_letter_or_digit, is_missing
from urbansdg.loaders.cells.problem_texts import alternatives, describe
from urbansdg.loaders.parse.facts import LISTED, Cell
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.parse.quantities import ascii_digits, unambiguous
from urbansdg.loaders.parse.raw_sheet import Nature, RawCell, split_heading
from urbansdg.loaders.tables.country_names import country_code, similar_countries
from urbansdg.loaders.tables.parts import PART
from urbansdg.loaders.workbook.choices import Choices
from urbansdg.loaders.workbook.sheet_rows import Entry, SheetRow
from urbansdg.loaders.workbook.workbook_layout import Column

Texts = Iterator[str | Problem]
_ITEMS: Final = re.compile(r"\s*[;|\n]\s*")
_REFERENCES: Final = (
    *("policy", "policies", "city", "cities", "organisation", "organisations"),
    *("contact", "indicator", "amount", "budget", "key", "slug"),
)
"""Kinds whose text is kept unchanged: they are resolved later, together with other cells."""

_PLAIN: Final = {"text", "name", "key", "slug"}
_EDGES: Final[Mapping[str, tuple[str, str]]] = {
    "planned_start": ("start", "planned_end"), "planned_end": ("end", "planned_start"),
    "actual_start": ("start", "actual_end"), "actual_end": ("end", "actual_start"),
    "start": ("start", "end"), "end": ("end", "start"),
    "opened": ("start", "until"), "until": ("end", "opened"),
}  # fmt: skip
"""The columns of dates that are one end of a period: which end, and the column of the other."""

_CODES: Final[Mapping[str, str]] = {
    "day": "bad-date", "year": "bad-year", "duration": "bad-duration", "number": "bad-number",
    "whole": "bad-number", "degrees": "bad-coordinate", "link": "bad-link", "links": "bad-link",
    "mailbox": "bad-mailbox", "telephone": "bad-telephone", "region": "bad-region",
    "part": "bad-part", "currency": "unknown-currency", "country": "unknown-country",
    "language": "unknown-language", "concept": "unknown-choice", "concepts": "unknown-choice",
    "choice": "unknown-choice", "amount": "bad-amount", "organisation": "unknown-organisation",
    "targets": "unknown-target", "goals": "unknown-target",
}  # fmt: skip
"""The codes of problems of each kind of column."""

_UNREADABLE: Final = {
    Nature.FORMULA: ("formula-without-value", "formula.unsaved", "formula.write"),
    Nature.ERROR: ("spreadsheet-error", "sheet.error", "sheet.error.write"),
}
_UNIT_SIGNS: Final = frozenset("%‰°€$£¥₩₹")
_MOST_OPTIONS: Final = 3
_SHORT_LIST: Final = 8
_NEAREST: Final = 5
_LIKE: Final = 85


@dataclass(frozen=True)
class CellParsers:
    """Parses cells; `language` is the language of the choices in messages."""

    choices: Choices
    language: str
    known: dict[tuple[str, str, str, Nature], str] = field(default_factory=dict)
    """The results of cells without a problem: by sheet, column, text and nature."""

    def plain(self, column: Column, raw: RawCell) -> str | None:
        """Return the text of a cell of prose or of its own name, or None if it has to be parsed.

        Such cells differ in each row, so this is the usual way of most cells of a large workbook.
        """
        if raw.nature is not Nature.TEXT or column.kind not in _PLAIN:
            return None
        if is_missing(raw.text) and not _is_unit(column, raw.text):
            return None
        return " ".join(raw.text.split()) if column.kind == "name" else raw.text

    def parse(self, entry: Entry, row: SheetRow | None = None) -> Texts:
        """Yield the values of a cell as our tables write them, or its problems.

        `row` is the row of the cell; the remedies name its other columns.
        """
        cell = exact_cell(entry)
        if cell.locale != self.language:
            cell = replace(cell, locale=self.language)
        if entry.nature in _UNREADABLE:
            yield describe(cell, *_UNREADABLE[entry.nature])
        elif entry.nature is Nature.TEXT and _stands_for_none(entry):
            yield self._missing(entry, cell, row)
        elif entry.column.kind in {"targets", "goals"}:
            for code in sdg_codes.codes(cell, entry.nature, self.choices.targets):
                yield code if isinstance(code, Problem) else code.code
        elif entry.column.kind == "day":
            yield from dates.day(cell, _edge(entry, row))
        elif entry.column.kind in {"concept", "concepts", "choice"}:
            yield from self._chosen(cell, entry, row)
        else:
            yield from self.by_kind[entry.column.kind](cell)

    @cached_property
    def by_kind(self) -> Mapping[str, Callable[[Cell], Texts]]:
        """The parser for each kind of column that needs no other cell."""
        simple: dict[str, Callable[[Cell], Texts]] = {
            "text": _text, "name": _name, "number": number_cells.number,
            "degrees": number_cells.degrees, "whole": number_cells.whole, "year": dates.year,
            "duration": dates.duration, "link": web_addresses.links, "links": web_addresses.links,
            "mailbox": web_addresses.mailbox, "telephone": _telephone, "region": _region,
            "identifier": _identifier, "part": _part, "currency": amounts.currency_code,
            "country": self._country, "language": self._language,
        }  # fmt: skip
        return simple | dict.fromkeys(_REFERENCES, _text)

    def _missing(self, entry: Entry, cell: Cell, row: SheetRow | None) -> Problem:
        """Return the problem of a text that stands for no value.

        In a column of optional texts the cell is read as empty, with a warning.
        """
        column = entry.column
        if column.name == "title" and not has_letter_or_digit(cell.text):
            return describe(cell, "rule.title-without-letters", "name.signs", "title.write")
        remedy = "missing.required" if column.required else "missing"
        if row is not None and (row.form.name, column.name) == ("policies", "source"):
            remedy = "link.prose"  # the policy of a real city needs a source
        message = "organisation.missing" if column.kind == "organisation" else "missing.message"
        problem = describe(cell, _CODES.get(column.kind, "no-value"), message, remedy)
        optional = column.kind in {"text", "name"} and not column.required
        return replace(problem, severity=Severity.WARNING) if optional else problem

    def _chosen(self, cell: Cell, entry: Entry, row: SheetRow | None) -> Texts:
        """Yield the choices in a cell, or the problem of the whole cell."""
        choices = self.choices.list_of(entry.column.option)
        several = entry.column.kind == "concepts"
        items = _ITEMS.split(cell.text) if several else [cell.text]
        names = [choices.names_by_label.get(comparison_key(item)) for item in filter(None, items)]
        if not all(names) and several:  # commas too, if that gives choices only
            parts = [part for item in items for part in item.split(",") if part.strip()]
            names = [choices.names_by_label.get(comparison_key(part)) for part in parts]
        if names and all(names):
            yield from filter(None, names)
        else:
            yield self._no_choice(cell, entry, row, choices)

    def _no_choice(
        self, cell: Cell, entry: Entry, row: SheetRow | None, choices: ChoiceList
    ) -> Problem:
        """Return the problem of a cell that is not in the list of its column.

        The remedy names what is meant, if that is known: the choices in a list, a synonym, a choice
        of another column, a misspelt label.
        """
        meant = choices.exact(cell.text)
        values = None if meant else listed_values(cell.text, choices)
        if values and len(values.names) + len(values.unknown) > 1:
            return self._several(cell, entry, choices, values)
        meant = meant or (values.names if values else ())
        near = () if meant else self.choices.current(choices, choices.misspelt(cell.text))
        if not (meant or near) and row is not None:
            elsewhere = self._other_column(cell, entry, row)
            if elsewhere is not None:
                return elsewhere
        remedy = "choice.write" if len(meant or near) == 1 else "choice.mean"
        if not (meant or near):
            meant, remedy = choices.inside(cell.text)[:_MOST_OPTIONS], "choice.mean"
        offered = self._labels(choices, meant or near)
        if not offered:
            return self._choice_list(cell, choices, required=entry.column.required)
        options = alternatives(offered, self.language)
        return describe(cell, "unknown-choice", "choice.unknown", remedy, options=options)

    def _labels(self, choices: ChoiceList, names: Sequence[str]) -> list[str]:
        offered = self.choices.current(choices, names)
        return [f"'{choices.label(name, self.language)}'" for name in offered]

    def _several(
        self, cell: Cell, entry: Entry, choices: ChoiceList, values: ListedValues
    ) -> Problem:
        names = dict.fromkeys(self._replaced(choices, name) for name in values.names)
        labels = [choices.label(name, self.language) for name in names]
        if entry.column.kind != "concepts":
            options = alternatives([f"'{label}'" for label in labels], self.language)
            return describe(cell, "unknown-choice", "list.values", "list.one", options=options)
        remedy = "list.separate.partly" if values.unknown else "list.separate"
        items = [item for item in _ITEMS.split(cell.text) if item]
        if 1 < len(items) == len(values.names) + len(values.unknown):  # separated already
            remedy = "list.correct.partly" if values.unknown else "list.correct"
        return describe(
            cell,
            "unknown-choice",
            "choice.unknown" if len(labels) == 1 or "correct" in remedy else "list.values",
            remedy,
            options="; ".join(labels),
            unknown=", ".join(values.unknown),
        )

    def _replaced(self, choices: ChoiceList, name: str) -> str:
        """Return the choice to offer for a deprecated one, or the choice itself."""
        instead = choices.synonym(choices.label(name, "en"))
        return name if self.choices.current(choices, (name,)) or not instead else instead[0]

    def _other_column(self, cell: Cell, entry: Entry, row: SheetRow) -> Problem | None:
        """Return the problem of a choice of another column of the sheet, if it is one."""
        columns = sorted(row.form.columns, key=lambda column: column.name == "theme")
        for column in columns:  # the theme last: its synonyms are the widest
            if column.kind in {"concept", "concepts"} and column.name != entry.column.name:
                choices = self.choices.list_of(column.option)
                names = choices.meant(cell.text)
                offered = self._labels(choices, names)
                if offered:
                    options = alternatives(offered, self.language)
                    title = column.titles[self.language]
                    return describe(
                        cell,
                        "unknown-choice",
                        "choice.unknown",
                        "choice.column",
                        column=title,
                        options=options,
                    )
        return None

    def _choice_list(self, cell: Cell, choices: ChoiceList, *, required: bool) -> Problem:
        """Return the problem with the list of choices, or the nearest ones of a long list."""
        names = self.choices.current(choices, tuple(choices.labels))
        labels = [choices.label(name, self.language) for name in names]
        if len(labels) <= _SHORT_LIST:
            remedy = "choice.list" if required else "choice.optional"
            every = ", ".join(sorted(labels))
            return describe(cell, "unknown-choice", "choice.unknown", remedy, options=every)
        near = process.extract(cell.text, labels, scorer=fuzz.WRatio, limit=_NEAREST)
        return describe(
            cell,
            "unknown-choice",
            "choice.unknown",
            "choice.more",
            options=", ".join(label for label, _, _ in near),
            count=str(len(labels) - len(near)),
        )

    def _country(self, cell: Cell) -> Texts:
        yield country_code(cell.text) or self._unknown(
            cell, "country", similar_countries(cell.text)
        )

    def _language(self, cell: Cell) -> Texts:
        names = self.choices.languages
        key = comparison_key(cell.text)
        near = process.extract(key, list(names), scorer=fuzz.ratio, score_cutoff=_LIKE)
        similar = dict.fromkeys(names[name] for name, _, _ in near)
        yield names.get(key) or self._unknown(cell, "language", list(similar)[:_MOST_OPTIONS])

    def _unknown(self, cell: Cell, what: str, similar: Sequence[str]) -> Problem:
        options = alternatives(similar, self.language)
        remedy = f"{what}.only" if similar else f"{what}.write"
        return describe(cell, f"unknown-{what}", f"{what}.unknown", remedy, options=options)


def _stands_for_none(entry: Entry) -> bool:
    """Return whether the text of a cell stands for no value, where that can be a mistake.

    The names of policies, cities and contacts are looked up before.
    """
    kind = entry.column.kind
    if kind == "organisation" and entry.cell.text.isdecimal():
        return True
    if _is_unit(entry.column, entry.cell.text):
        return False
    return (kind in _CODES or kind in {"text", "name"}) and is_missing(entry.cell.text)


def _is_unit(column: Column, text: str) -> bool:
    """Return whether a sign is the unit of a value: per cent, per mille, degrees, a currency."""
    return column.name.endswith("unit") and text.strip() in _UNIT_SIGNS


def _edge(entry: Entry, row: SheetRow | None) -> Edge:
    name, other = _EDGES.get(entry.column.name, ("", ""))
    heading = split_heading(row.columns.get(other)) if row else None
    return Edge(name, heading[1] if heading else "")


def exact_cell(entry: Entry) -> Cell:
    """Return the cell; a point in a number of the spreadsheet can only be a decimal mark."""
    if entry.nature is not Nature.NUMBER:
        return entry.cell
    return replace(entry.cell, text=unambiguous(entry.cell.text))


def join_list(texts: list[str]) -> str:
    """Return several texts as one cell of our tables."""
    return LISTED.join(texts)


def split_list(cell: Cell) -> Iterator[Cell]:
    """Split a cell that lists several things at semicolons, bars and line ends."""
    for text in filter(None, _ITEMS.split(cell.text)):
        yield replace(cell, text=text)


def _text(cell: Cell) -> Texts:
    yield cell.text


def _name(cell: Cell) -> Texts:
    yield " ".join(cell.text.split())


def _telephone(cell: Cell) -> Texts:
    text = _digits_of_telephone(ascii_digits(cell.text))
    if re.fullmatch(r"\+?[0-9][0-9-]{4,20}", text):
        yield text
        return
    numbers = re.findall(r"\+?\(?\d[\d\s()./-]{5,}\d", ascii_digits(cell.text))
    options = _digits_of_telephone(numbers[0]) if numbers else ""
    remedy = "telephone.only" if numbers else "telephone.write"
    yield describe(cell, "bad-telephone", "telephone.unknown", remedy, options=options)


def _digits_of_telephone(text: str) -> str:
    return re.sub(r"[\s./]+", "-", re.sub(r"[()]", "", text).strip())


def _region(cell: Cell) -> Texts:
    if re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", cell.text):
        yield cell.text
        return
    code = re.fullmatch(r"([A-Z]{2})[\s_.-]?([A-Z0-9]{1,3})", cell.text.upper())
    looks_so = code is not None and (any(map(str.isdigit, code[2])) or not cell.text.isalpha())
    options = f"{code[1]}-{code[2]}" if code and looks_so else ""
    remedy = "region.only" if options else "region.write"
    yield describe(cell, "bad-region", "region.unknown", remedy, options=options)


def _part(cell: Cell) -> Texts:
    """Yield the end of the IRI of a part; the whole IRI is accepted too."""
    text = re.sub(r"^https?://\S+/id/policy/[^/\s]+/", "", ascii_digits(cell.text)).strip("/")
    if re.fullmatch(PART, text):
        yield text
    else:
        yield describe(cell, "bad-part", "part.unknown", "part.write")


def _identifier(cell: Cell) -> Texts:
    """Yield an identifier; the address of its page is accepted too."""
    match = re.search(r"geonames\.org/(\d+)|wikidata\.org/\w+/(Q\d+)", cell.text)
    yield next(filter(None, match.groups())) if match else ascii_digits(cell.text)
