"""A city's disclosure to CDP (formerly the Carbon Disclosure Project), as its explorer has it.

Goals become goals of the city, actions and projects its policies, what they cost budgets. Its goals
and actions answer climate hazards, which is what target 13.1 is about; that is the only target they
are put under. Amounts are in US dollars: that is the unit the disclosure is published in
(`totalCostUsd`). An amount of 0 stands where nothing was told, and is not taken.

Source: CDPworldwide/cdp-adapt-ex, `data/org-data/<organisation>.json`, Apache-2.0.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from urbansdg.loaders.cities import city_goal
from urbansdg.loaders.countries import country_code
from urbansdg.loaders.documents import Element, read_document
from urbansdg.loaders.draft import Draft, Workshop, checksum, write_draft
from urbansdg.loaders.fact import Cell, Finding, Record
from urbansdg.loaders.policies import budget, policy
from urbansdg.ontology.iris import Iris, slug
from urbansdg.problems import InvalidData, Problem, Severity
from urbansdg.store import Source

_HOME: Final = "https://github.com/CDPworldwide/cdp-adapt-ex/blob/main/data/org-data/"
_APACHE: Final = "https://www.apache.org/licenses/LICENSE-2.0"
_LOOK: Final = 4096
_RESILIENCE: Final = "13.1"
_LEAST: Final = 1000
"""No action of a city costs fewer dollars: such an amount counts something else, or millions."""
_STATUS: Final = {
    "SCOPING": "proposed",
    "PROJECT_FEASIBILITY": "proposed",
    "PROJECT_STRUCTURING": "proposed",
    "TRANSACTION_PREPARATION": "proposed",
    "IMPLEMENTATION": "in-progress",
    "IMPLEMENTATION_UNDERWAY_COMPLETION_GT_ONE_YEAR": "in-progress",
    "ACTION_IN_OPERATION_JURISDICTION_WIDE": "in-progress",
    "ACTION_IN_OPERATION_MOST_OF_JURISDICTION": "in-progress",
}
_THEMES: Final = {
    "Buildings": "energy",
    "Nature-Based Solutions": "green-space",
    "Public and green spaces": "green-space",
    "Transport": "transport",
    "Waste management (including waste recycling)": "waste",
    "Water management": "water",
}
_FUNDING: Final = {
    "Public finance- own budget": "own-revenue",
    "Public finance- national government": "national-transfer",
    "Bonds": "loan",
}


@dataclass(frozen=True, slots=True)
class CdpDisclosure:
    """The reader of a city's disclosure."""

    name: str = "cdp-disclosure"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Tell whether the path is a disclosure, or a folder with one: by its first members."""
        return _file(path) is not None

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read goals, actions and projects; raises `SourceUnreadable` and `InvalidData`."""
        file = _file(path) or path
        whole = read_document(file)
        key = graph or slug(f"cdp-{whole.text('disclosureYear')}-{file.stem}")
        city, year = _city(whole, workshop), whole.text("disclosureYear")
        disclosure = _Disclosure(city, slug(f"cdp-{year}"), _HOME + file.name, workshop.iris)
        source = Source(file.name, checksum([file]), self.name, self.version, licence=_APACHE)
        return write_draft(key, disclosure.findings(whole), source, workshop, None)


def _file(path: Path) -> Path | None:
    if path.is_dir():
        found = [file for file in path.glob("*.json") if _discloses(file)]
        return found[0] if len(found) == 1 else None
    return path if path.suffix.lower() == ".json" and _discloses(path) else None


def _discloses(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_LOOK)
    return b'"disclosureYear"' in start and b'"countryName"' in start


def _city(whole: Element, workshop: Workshop) -> str:
    """Return the key of the city: what the person who loads said, else what its name is."""
    if workshop.city is not None:
        return workshop.city
    name = whole.text("name")
    country = country_code(whole.text("countryName")) or ""
    cell = Cell(name.removeprefix("City of "), whole.at("name"))
    found = workshop.gazetteer().settled(cell, country)
    if isinstance(found, Problem):
        raise InvalidData(
            f"The city of the disclosure, {name!r}, is not known.",
            "Say which with --city, or load it first.",
            problems=(found,),
        )
    return found


@dataclass(frozen=True, slots=True)
class _Disclosure:
    """What is the same for all of a disclosure.

    `prefix` begins its keys: what a city disclosed may be told elsewhere under the same title.
    """

    city: str
    prefix: str
    source: str
    iris: Iris

    def findings(self, whole: Element) -> Iterator[Finding]:
        """Convert the goals, actions and projects."""
        told = whole.element("governmentActions")
        for each in told.elements("goals"):
            yield from self._goal(each)
        keys: set[str] = set()
        for name, amount in (("actions", "totalCostUsd"), ("projects", "totalAmount")):
            for each in told.elements(name):
                yield from self._policy(each, amount, keys)

    def _goal(self, goal: Element) -> Iterator[Finding]:
        cells = {
            "city": self.city,
            "key": slug(goal.text("title")) and f"{self.prefix}-{slug(goal.text('title'))}",
            "description": _paragraphs(goal, "description", "metricIndicator", "comment"),
            "target": _RESILIENCE,
            "baseline_year": goal.text("baseYear"),
            "year": goal.text("targetYear"),
            "source": self.source,
        }
        if not (cells["key"] and cells["year"] and cells["description"]):
            yield _left_out(goal, "incomplete-goal", "The goal has no title or no year.")
        else:
            headings = {"baseline_year": "baseYear", "year": "targetYear"}
            yield from city_goal(_record(goal, cells, headings), self.iris)

    def _policy(self, told: Element, amount: str, keys: set[str]) -> Iterator[Finding]:
        title = told.text("title")
        key = f"{self.city}-{self.prefix}-{slug(title)}"
        if not slug(title) or key in keys:
            yield _left_out(told, "no-title", "It has no title, or that of one before it.")
            return
        keys.add(key)
        cells = {
            "key": key,
            "city": self.city,
            "title": title,
            "summary": told.text("description"),
            "status": _STATUS.get(told.text("status") or told.element("status").text("statusType")),
            "theme": _THEMES.get(told.text("projectArea")),
            "goals": "13",
            "source": self.source,
        }
        headings = {"title": "title", "summary": "description", "status": "status"}
        yield from policy(_record(told, cells, headings), self.iris)
        yield from self._unmapped(told)
        yield from self._budget(told, key, amount)

    def _unmapped(self, told: Element) -> Iterator[Problem]:
        """Tell of a status and an area that there is no concept for."""
        status = told.text("status") or told.element("status").text("statusType")
        area = told.text("projectArea")
        for name, value, known in (("status", status, _STATUS), ("projectArea", area, _THEMES)):
            if value and value not in known:
                yield _left_out(told, "no-concept", f"There is no concept for {value!r}.", name)

    def _budget(self, told: Element, key: str, name: str) -> Iterator[Finding]:
        text = told.text(name)
        if text in {"", "0"}:
            yield _left_out(told, "no-amount", "No amount is told (none, or 0).", name)
            return
        if text.isdecimal() and int(text) < _LEAST:
            message = f"The amount of {text} dollars is too small to be meant."
            yield _left_out(told, "doubtful-amount", message, name)
            return
        models = told.text("financeModel").split("|")
        cells = {
            "policy": key,
            "key": "total",
            "kind": "total",
            "amount": text,
            "currency": "USD",
            "as_stated": text,
            "funding_kind": " | ".join(_FUNDING[each] for each in models if each in _FUNDING),
            "source": self.source,
        }
        yield from budget(_record(told, cells, {"amount": name, "as_stated": name}), self.iris)


def _record(told: Element, cells: Mapping[str, str | None], headings: Mapping[str, str]) -> Record:
    filled = {column: text for column, text in cells.items() if text}
    return Record(told.place, filled, headings)


def _paragraphs(told: Element, *names: str) -> str:
    return "\n\n".join(dict.fromkeys(filter(None, map(told.text, names))))


def _left_out(told: Element, code: str, message: str, name: str | None = None) -> Problem:
    place = told.at(name) if name else told.place
    value = told.text(name) if name else told.text("title")
    remedy = "It is left out; add what the city says to its workbook."
    problem = Problem(code, message, remedy, place, value=value or None)
    return replace(problem, severity=Severity.WARNING)


READER = CdpDisclosure()
