"""Parsers of cells: each kind of column has one."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.parse import amounts, dates, quantities, sdg_codes
from urbansdg.loaders.parse.facts import LISTED, Cell
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.parse.quantities import ascii_digits
from urbansdg.loaders.parse.raw_sheet import Nature
from urbansdg.loaders.tables.country_names import country_code, similar_countries
from urbansdg.loaders.tables.parts import PART
from urbansdg.loaders.workbook.choices import Choices
from urbansdg.loaders.workbook.sheet_rows import Entry
from urbansdg.loaders.workbook.workbook_layout import Titles

Texts = Iterator[str | Problem]
_ITEMS: Final = re.compile(r"\s*[;|\n]\s*")
_ADDRESSES: Final = re.compile(r"[\s;|]+")
_LINK: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+\.[^\s<>\"{}|\\^`]+|https?://localhost\S*")
_MAILBOX: Final = re.compile(r"[^@\s<>\";,]+@[^@\s<>\";,]+\.[^@\s<>\";,]+")
_REFERENCES: Final = (
    *("policy", "policies", "city", "cities", "organisation", "organisations"),
    *("contact", "indicator", "amount", "budget", "key", "slug"),
)
"""Kinds whose text is kept unchanged: they are resolved later, together with other cells."""


@dataclass(frozen=True)
class CellParsers:
    """Parses cells; `language` is the language of the choices in messages."""

    choices: Choices
    language: str
    known: dict[tuple[str, str, str, Nature], str] = field(default_factory=dict)
    """The results of cells without a problem: by sheet, column, text and nature."""

    def parse(self, entry: Entry) -> Texts:
        """Yield the values of a cell as our tables write them, or its problems."""
        if entry.nature is Nature.FORMULA:
            yield _without_value(entry.cell)
        elif entry.nature is Nature.ERROR:
            yield _error(entry.cell)
        elif entry.column.kind in {"targets", "goals"}:
            yield from self._codes(entry)
        else:
            yield from self.by_kind[entry.column.kind](exact_cell(entry), entry.column.option)

    @cached_property
    def by_kind(self) -> Mapping[str, Callable[[Cell, str], Texts]]:
        """The parser for each kind of column."""
        simple: dict[str, Callable[[Cell], Texts]] = {
            "text": _text, "name": _name, "number": quantities.number,
            "degrees": quantities.degrees,
            "whole": quantities.whole,
            "year": dates.year, "day": dates.day, "duration": dates.duration, "link": _links,
            "links": _links, "mailbox": _mailbox, "telephone": _telephone, "region": _region,
            "identifier": _identifier, "part": _part, "currency": amounts.currency_code,
            "country": self._country, "language": self._language,
        }  # fmt: skip
        references = dict.fromkeys(_REFERENCES, _unchanged)
        ways = {kind: _without_option(way) for kind, way in (simple | references).items()}
        chosen = {"concept": self._concept, "concepts": self._concepts, "choice": self._choice}
        return ways | chosen

    def _codes(self, entry: Entry) -> Texts:
        for code in sdg_codes.codes(entry.cell, entry.nature, self.choices.targets):
            yield code if isinstance(code, Problem) else code.code

    def _concepts(self, cell: Cell, scheme: str) -> Texts:
        for item in _items(cell, lambda text: self.choices.concept(scheme, text) is not None):
            yield from self._concept(item, scheme)

    def _concept(self, cell: Cell, scheme: str) -> Texts:
        name = self.choices.concept(scheme, cell.text)
        yield name or _no_choice(cell, self.choices.offered(scheme), self.language)

    def _choice(self, cell: Cell, option: str) -> Texts:
        word = self.choices.word(option, cell.text)
        offered = {name: self.choices.words[name] for name in option.split("|")}
        yield word or _no_choice(cell, offered, self.language)

    def _country(self, cell: Cell) -> Texts:
        yield country_code(cell.text) or _unknown_country(cell)

    def _language(self, cell: Cell) -> Texts:
        yield self.choices.languages.get(comparison_key(cell.text)) or _unknown(
            cell, "language", self.choices.languages
        )


def exact_cell(entry: Entry) -> Cell:
    """Return the cell; a point in a number of the spreadsheet can only be a decimal mark."""
    if entry.nature is not Nature.NUMBER:
        return entry.cell
    return replace(entry.cell, text=quantities.unambiguous(entry.cell.text))


def join_list(texts: list[str]) -> str:
    """Return several texts as one cell of our tables."""
    return LISTED.join(texts)


def split_list(cell: Cell) -> Iterator[Cell]:
    """Split a cell that lists several things."""
    return _items(cell, lambda _: False)


def _items(cell: Cell, known: Callable[[str], bool]) -> Iterator[Cell]:
    """Split a cell at semicolons, bars and line ends, and at commas if that gives known values."""
    for text in filter(None, _ITEMS.split(cell.text)):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        whole = known(text) or not all(map(known, parts))
        for part in [text] if whole else parts:
            yield replace(cell, text=part)


def _without_option(way: Callable[[Cell], Texts]) -> Callable[[Cell, str], Texts]:
    return lambda cell, _option: way(cell)


def _unchanged(cell: Cell) -> Texts:
    yield cell.text


def _text(cell: Cell) -> Texts:
    yield cell.text


def _name(cell: Cell) -> Texts:
    yield " ".join(cell.text.split())


def _links(cell: Cell) -> Texts:
    for text in filter(None, _ADDRESSES.split(cell.text)):
        address = text.strip("<>,")
        if _LINK.fullmatch(address):
            yield address
        else:
            guess = f" Try https://{address}." if re.match(r"[\w-]+(\.[\w-]+)+", address) else ""
            yield cell.problem(
                "bad-link",
                f"{address!r} is not a complete web address.",
                f"Copy it from the browser; it starts with https://.{guess}",
            )


def _mailbox(cell: Cell) -> Texts:
    text = ascii_digits(cell.text).removeprefix("mailto:")
    if _MAILBOX.fullmatch(text):
        yield text
    else:
        yield cell.problem(
            "bad-mailbox",
            f"{cell.text!r} is not an email address.",
            "Write one address, for example office@city.example.",
        )


def _telephone(cell: Cell) -> Texts:
    text = re.sub(r"[\s./]+", "-", re.sub(r"[()]", "", ascii_digits(cell.text)).strip())
    if re.fullmatch(r"\+?[0-9][0-9-]{4,20}", text):
        yield text
    else:
        yield cell.problem(
            "bad-telephone",
            f"{cell.text!r} is not a telephone number.",
            "Write digits, with the country code first: +82-2-000-0000.",
        )


def _region(cell: Cell) -> Texts:
    if re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", cell.text):
        yield cell.text
    else:
        yield cell.problem(
            "bad-region",
            f"{cell.text!r} is not a region code.",
            "Write an ISO 3166-2 code, for example KR-11.",
        )


def _part(cell: Cell) -> Texts:
    """Yield the end of the IRI of a part; the whole IRI is accepted too."""
    text = re.sub(r"^https?://\S+/id/policy/[^/\s]+/", "", ascii_digits(cell.text)).strip("/")
    if re.fullmatch(PART, text):
        yield text
    else:
        yield cell.problem(
            "bad-part",
            f"{cell.text!r} is not a part of a policy.",
            "Write its kind, a slash and its identifier, for example obstacle/no-drivers.",
        )


def _identifier(cell: Cell) -> Texts:
    """Yield an identifier; the address of its page is accepted too."""
    match = re.search(r"geonames\.org/(\d+)|wikidata\.org/\w+/(Q\d+)", cell.text)
    yield next(filter(None, match.groups())) if match else ascii_digits(cell.text)


def _no_choice(cell: Cell, offered: Mapping[str, Titles], language: str) -> Problem:
    labels = {labels.get(language) or labels["en"] for labels in offered.values()}
    every = {label for labels in offered.values() for label in labels.values()}
    near = get_close_matches(cell.text, every, n=1)
    hint = f"Similar: {near[0]}. " if near else ""
    return cell.problem(
        "unknown-choice",
        f"{cell.text!r} is not in the list for this column.",
        f"{hint}Choose one of: {', '.join(sorted(labels))}.",
    )


def _unknown_country(cell: Cell) -> Problem:
    similar = ", ".join(similar_countries(cell.text))
    hint = f" Similar: {similar}." if similar else ""
    return cell.problem(
        "unknown-country",
        f"Unknown country: {cell.text!r}.",
        f"Write its name or its code, for example KOR.{hint}",
    )


def _unknown(cell: Cell, what: str, names: Mapping[str, str]) -> Problem:
    near = get_close_matches(comparison_key(cell.text), names, n=3)
    codes_near = ", ".join(dict.fromkeys(names[name] for name in near))
    hint = f" Similar: {codes_near}." if near else ""
    return cell.problem(
        f"unknown-{what}", f"Unknown {what}: {cell.text!r}.", f"Write its code.{hint}"
    )


def _without_value(cell: Cell) -> Problem:
    return cell.problem(
        "formula-without-value",
        "The result of the formula in this cell was not saved in the file.",
        "Open the workbook, recalculate and save it; or replace the formula by its value.",
    )


def _error(cell: Cell) -> Problem:
    return cell.problem(
        "spreadsheet-error",
        f"The cell contains a spreadsheet error: {cell.text}.",
        "Fix the formula, or replace it by its value.",
    )
