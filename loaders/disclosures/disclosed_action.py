"""An action that a city disclosed to CDP: a policy with its period, its budget and its claims."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.parse.cell_values import WEB_ADDRESS, is_web_address
from urbansdg.loaders.parse.facts import LISTED, Cell, ReadResult, Record
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.tables.data_cube_series import decimal
from urbansdg.loaders.tables.policies import budget, claim, period, policy
from urbansdg.ontology.iris import Iris, slug

_ORGANISATION: Final = re.compile(
    r"^(the )?(city and county|city|municipality|town|council|prefeitura|ayuntamiento|alcaldia"
    r"|alcaldía|municipalidad|comune|ville|gobierno municipal)( municipal)? (of|de|di|da|do|del) ",
    re.IGNORECASE,
)
_THEMES: Final = {
    "transport": "transport", "mobility": "transport", "public and green spaces": "green-space",
    "green space": "green-space", "waste": "waste", "water": "water",
    "nature based": "biodiversity", "biodiversity": "biodiversity", "building": "energy",
    "energy": "energy", "food": "food", "agriculture": "food",
    "other extreme weather": "disaster-risk", "disaster": "disaster-risk",
    "public health": "health", "spatial planning": "land-use", "land use": "land-use",
}  # fmt: skip
"""Themes by the words that an area or a sector of CDP begins with."""

_STATUSES: Final = {
    "scoping": "proposed", "project structuring": "proposed", "project feasibility": "proposed",
    "pre feasibility": "proposed", "pre implementation": "adopted",
    "transaction preparation": "adopted", "implementation complete": "completed",
    "implementation completed": "completed", "completed": "completed",
    "implementation discontinued": "ended", "discontinued": "ended", "cancelled": "ended",
    "monitoring": "in-progress", "operation": "in-progress", "action in": "in-progress",
    "implementation": "in-progress",
}  # fmt: skip
"""Statuses by the words that a status of CDP begins with, in the order of looking them up."""

_FUNDING: Final = {
    "bonds": "loan", "loan": "loan", "public finance own budget": "own-revenue",
    "local": "own-revenue", "jurisdiction s own resources": "own-revenue",
    "public finance national government": "national-transfer", "national": "national-transfer",
    "central government": "national-transfer", "international": "international-grant",
    "climate finance": "international-grant", "development": "international-grant",
    "private": "private",
}  # fmt: skip
_NO_ANSWER: Final = {"", "question not applicable", "not applicable", "n a", "none"}


@dataclass(frozen=True, slots=True)
class DisclosedAction:
    """An action: its texts as disclosed, by the name of their field, and its place.

    The fields are `title`, `summary`, `status`, `area`, `start` and `end` (years), `amount`,
    `currency`, `funding`, `targets` and `link`. `source` is the page of the data, `year` that of
    the disclosure. `headings` are the columns of the fields. `language` is that of the texts; `und`
    if it is unknown.
    """

    city: str
    fields: Mapping[str, str]
    source: str
    year: str
    place: Place
    headings: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"

    @property
    def key(self) -> str:
        """The key of the policy."""
        return f"{self.city}-cdp-{slug(self.text('title'))}"

    def text(self, name: str) -> str:
        """Return the answer in a field, or "" if there is none."""
        text = self.fields.get(name, "").strip()
        return "" if comparison_key(text) in _NO_ANSWER else text

    def facts(self, iris: Iris) -> Iterator[ReadResult]:
        """Yield the facts of the policy; a part that cannot be read is left out with a warning."""
        if not slug(self.text("title")):
            yield self._omission("title", "no-title", "has no letters; the action was left out")
            return
        cells = {
            "key": self.key,
            "city": self.city,
            "title": self.text("title"),
            "summary": self.text("summary"),
            "status": status_of(self.text("status")),
            "theme": theme_of(self.text("area")),
            "source": self._link() or self.source,
        }
        yield from policy(self._record(cells), iris)
        yield from self._period(iris)
        yield from self._budget(iris)
        for code in dict.fromkeys(re.findall(r"\b\d{1,2}\.[0-9a-d]{1,2}\b", self.text("targets"))):
            cells = {"policy": self.key, "target": code, "kind": "direct"}
            cells |= {"claimant_city": self.city, "source": self.source}
            yield from claim(self._record(cells), iris)

    def _period(self, iris: Iris) -> Iterator[ReadResult]:
        years = {
            edge: year[0]
            for edge in ("start", "end")
            if (year := re.search(r"\b(?:19|20)\d\d\b", self.text(edge)))
        }
        if years:
            kind = "actual" if status_of(self.text("status")) == "completed" else "planned"
            yield from period(self._record({"policy": self.key, "kind": kind} | years), iris)

    def _budget(self, iris: Iris) -> Iterator[ReadResult]:
        stated = self.text("amount")
        number = decimal(stated) if stated else None
        if not stated:
            return
        if not number or number.startswith("-") or not float(number):
            yield self._omission("amount", "no-amount", "is not usable; the budget was left out")
            return
        heading = self.headings.get("amount", "")
        currency = currency_of(self.text("currency")) or currency_of(heading)
        if currency is None:
            yield self._omission(
                "amount", "no-currency", "has no currency in the source; the budget was left out"
            )
            return
        funding = (_first(_FUNDING, kind) for kind in re.split(r"[|;]", self.text("funding")))
        cells = {
            "policy": self.key,
            "key": "disclosed",
            "stage": "estimated",
            "coverage": "whole-policy",
            "cost_type": "all-costs",
            "amount": number,
            "currency": currency,
            "as_stated": stated,
            "year": self.year,
            "funding_kind": LISTED.join(dict.fromkeys(filter(None, funding))),
            "source": self.source,
        }
        yield from budget(self._record(cells), iris)

    def _link(self) -> str:
        link = WEB_ADDRESS.search(self.text("link"))
        address = link[0].rstrip(".,;)") if link else ""
        return address if is_web_address(address) else ""

    def _record(self, cells: Mapping[str, str]) -> Record:
        filled = {column: text for column, text in cells.items() if text}
        return Record(self.place, filled, self.headings, self.language)

    def _omission(self, name: str, code: str, why: str) -> Problem:
        text = self.fields.get(name, "")
        at = self.headings.get(name, name)
        place = Place(self.place.file, row=self.place.row, column=at, line=self.place.line)
        if self.place.path is not None:
            place = Place(self.place.file, path=f"{self.place.path}/{at}")
        remedy = "Add it to the city's workbook, if the city knows it."
        return Problem(code, f"{text!r} {why}.", remedy, place, Severity.WARNING, text)


def city_name(organisation: str) -> str:
    """Return the name of the city in that of an organisation: `City of Chicago` -> `Chicago`."""
    return re.sub(r",.*$", "", _ORGANISATION.sub("", organisation.strip())).strip()


def find_city(cell: Cell, country: str, context: ReadContext) -> str | Problem:
    """Return the key of the city that a cell names, or the problem.

    The option `--city` is for an empty cell, and decides between cities of one name.
    """
    if not cell.text and context.city:
        return context.city
    cities = context.gazetteer()
    outcome = cities.resolve(cell, country)
    namesakes = {city.key for city in cities.find(cell.text, country)}
    is_chosen = isinstance(outcome, Problem) and context.city in namesakes
    return context.city if is_chosen and context.city else outcome


def status_of(text: str) -> str:
    """Return the concept of a status, or "" if it is unknown."""
    return _first(_STATUSES, text)


def theme_of(text: str) -> str:
    """Return the concept of the theme of an area or a sector, or "" if it is unknown."""
    return _first(_THEMES, text)


def currency_of(text: str) -> str | None:
    """Return the code in a text such as `USD US Dollar` or `Total cost (EUR)`, or None."""
    code = re.search(r"(?:^|\()\s*([A-Z]{3})\b", text)
    return code[1] if code else None


def _first(concepts: Mapping[str, str], text: str) -> str:
    bare = comparison_key(text)
    return next((concept for start, concept in concepts.items() if bare.startswith(start)), "")
