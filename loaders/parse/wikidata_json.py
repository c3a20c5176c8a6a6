"""Statements in the JSON of Wikidata (Wikibase JSON data model): values, ranks and qualifiers.

A statement has a rank: `preferred` ones are the best, `deprecated` ones are known to be wrong. A
snak has a value, or says that the value is unknown or that there is none.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from urbansdg.loaders.parse.cell_values import is_web_address
from urbansdg.loaders.parse.json_documents import member, members, without_controls

_EARTH: Final = "http://www.wikidata.org/entity/Q2"
_UNITLESS: Final = "1"
_YEAR_PRECISION: Final = 9
"""The precision of a time value that is a year; smaller ones are decades, centuries ..."""

_TIME: Final = re.compile(r"\+(\d{4})-\d\d-\d\dT")
_END_TIME, _POINT_IN_TIME, _REFERENCE_ADDRESS = "P582", "P585", "P854"
_PARTIAL: Final = ("P518", "P1001", "P642")
"""Qualifiers of a value that is not about the whole: applies to part, to jurisdiction, of."""

_TAGS: Final[Mapping[str, str]] = {
    "als": "gsw",
    "bat-smg": "sgs",
    "be-x-old": "be-tarask",
    "fiu-vro": "vro",
    "no": "nb",
    "roa-rup": "rup",
    "simple": "en-simple",
    "zh-classical": "lzh",
    "zh-min-nan": "nan",
    "zh-yue": "yue",
}
"""BCP 47 tags of the language codes of Wikimedia that are none."""


@dataclass(frozen=True, slots=True)
class WikidataStatement:
    """A statement: its rank, its value (None for an unknown one or none), and its qualifiers."""

    rank: str
    value: object
    qualifiers: Mapping[str, object]
    references: tuple[Mapping[str, object], ...]

    @property
    def is_deprecated(self) -> bool:
        """Whether the statement is known to be wrong."""
        return self.rank == "deprecated"

    @property
    def has_ended(self) -> bool:
        """Whether the statement is of the past."""
        return _END_TIME in self.qualifiers

    @property
    def is_partial(self) -> bool:
        """Whether the statement is about a part of the thing, or a wider one."""
        return not self.qualifiers.keys().isdisjoint(_PARTIAL)

    def year(self) -> str | None:
        """Return the year to which the statement applies, if it has exactly one."""
        snaks = members(self.qualifiers, _POINT_IN_TIME)
        years = {_year(snak_value(snak)) for snak in snaks}
        return years.pop() if len(years) == 1 else None

    def address(self) -> str | None:
        """Return the web address of its first reference that has one."""
        for reference in self.references:
            for snak in members(reference, "snaks", _REFERENCE_ADDRESS):
                value = snak_value(snak)
                if isinstance(value, str) and is_web_address(value):
                    return value
        return None


def statements_of(entity: object, property_id: str) -> list[WikidataStatement]:
    """Return the statements of an entity with a property, of all ranks."""
    return [
        WikidataStatement(
            str(claim.get("rank", "normal")),
            snak_value(claim.get("mainsnak")),
            _object(claim.get("qualifiers")),
            tuple(members(claim, "references")),
        )
        for claim in members(entity, "claims", property_id)
    ]


def best(statements: list[WikidataStatement]) -> list[WikidataStatement]:
    """Return the preferred statements, or else the normal ones, with a value and not ended."""
    usable = [
        statement
        for statement in statements
        if statement.value is not None and not statement.is_deprecated and not statement.has_ended
    ]
    preferred = [statement for statement in usable if statement.rank == "preferred"]
    return preferred or usable


def snak_value(snak: object) -> object:
    """Return the value of a snak, or None if it has none."""
    if member(snak, "snaktype") != "value":
        return None
    return member(snak, "datavalue", "value")


def item_of(value: object) -> str:
    """Return the id of an item that a value names, or "" (old dumps have only its number)."""
    name = member(value, "id")
    number = member(value, "numeric-id")
    if isinstance(name, str) and re.fullmatch(r"Q[1-9]\d*", name):
        return name
    return f"Q{number}" if isinstance(number, int) and number > 0 else ""


def whole_number(value: object) -> str | None:
    """Return a quantity without a unit as digits, or None if it is not a whole number."""
    amount = member(value, "amount")
    if member(value, "unit") != _UNITLESS or not isinstance(amount, str):
        return None
    match = re.fullmatch(r"\+?(\d{1,18})(?:\.0+)?", amount)
    return match[1] if match else None


def position(value: object) -> tuple[str, str] | None:
    """Return latitude and longitude on Earth in degrees, as decimals without an exponent."""
    latitude, longitude = member(value, "latitude"), member(value, "longitude")
    globe = str(member(value, "globe") or _EARTH).replace("https:", "http:")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if globe != _EARTH or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004  # degrees
        return None
    return _degrees(latitude), _degrees(longitude)


def terms_of(entity: object, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the language tag and the text of each label, or of each alias, of an entity.

    `kind` is `labels` or `aliases`. Codes that are no language tags are left out.
    """
    by_language = member(entity, kind)
    if not isinstance(by_language, Mapping):
        return
    for code, terms in by_language.items():
        tag = _TAGS.get(str(code), str(code))
        for term in terms if isinstance(terms, list) else [terms]:
            text = member(term, "value")
            if isinstance(text, str) and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
                yield tag.lower(), " ".join(without_controls(text).split())


def _degrees(degrees: float) -> str:
    text = f"{degrees:.6f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def _year(value: object) -> str | None:
    time, precision = member(value, "time"), member(value, "precision")
    match = _TIME.match(time) if isinstance(time, str) else None
    is_precise = isinstance(precision, int) and precision >= _YEAR_PRECISION
    return match[1] if match and is_precise else None


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
