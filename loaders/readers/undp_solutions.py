"""Solutions led by local governments, from the UNDP's SDG Commons: one JSON object a line.

A solution becomes a policy of a city. The source has countries only (its points are their middles,
and not taken): a city is known where the title names exactly one of the country, which is told, or
where the officer has chosen it (`--resolve`). All other solutions are left out, each with its line
and with the cities of the country that its text names.

Source: UNDP-Accelerator-Labs/sdg-innovation-commons, MIT.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from urbansdg.loaders.countries import country_code
from urbansdg.loaders.documents import Element, read_lines
from urbansdg.loaders.draft import Draft, Workshop, checksum, write_draft
from urbansdg.loaders.fact import LISTED, Finding, Record
from urbansdg.loaders.gazetteer import City, Gazetteer
from urbansdg.loaders.names import folded
from urbansdg.loaders.policies import policy
from urbansdg.loaders.sdg import GOALS
from urbansdg.loaders.table import read_table
from urbansdg.ontology.iris import Iris, slug
from urbansdg.problems import Place, Problem, Severity
from urbansdg.store import Source

_MIT: Final = "https://opensource.org/license/mit"
_LOOK: Final = 65536
_MARKS: Final = (b'"tags"', b'"sections"', b'"thematic_areas"')
_MORE: Final = "It is left out until a city is chosen for it in the table of --resolve"
_THEMES: Final = {
    "air": "air-quality",
    "biodiversity": "biodiversity",
    "resilience": "climate-adaptation",
    "heat": "climate-adaptation",
    "cooling": "climate-adaptation",
    "climate": "climate-mitigation",
    "education": "education",
    "energy": "energy",
    "food": "food",
    "greening": "green-space",
    "health": "health",
    "housing": "housing",
    "transport": "transport",
    "transportation": "transport",
    "mobility": "transport",
    "waste": "waste",
    "water": "water",
}
"""The words of a thematic area, which is free text, that say what theme it is."""
_INSTRUMENTS: Final = {"2": "regulatory", "4": "informational"}
"""The numbers of the source's types of measure that are one of our instruments."""


@dataclass(frozen=True, slots=True)
class UndpSolutions:
    """The reader of the solutions."""

    name: str = "undp-solutions"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Tell whether the path is a file of solutions, or a folder with one: by its first line."""
        return _file(path) is not None

    def read(self, path: Path, graph: str | None, workshop: Workshop) -> Draft:
        """Read the solutions that a city is known for; raises `SourceUnreadable`."""
        file = _file(path) or path
        key = graph or slug(file.stem)
        lines = tuple(read_lines(file))
        solutions = _Solutions(workshop.gazetteer(), workshop.iris)
        found = (each for line in lines for each in solutions.findings(line))
        source = Source(file.name, checksum([file]), self.name, self.version, licence=_MIT)
        return write_draft(key, found, source, workshop, len(lines))


def _file(path: Path) -> Path | None:
    if path.is_dir():
        found = [file for file in path.glob("*.jsonl") if _lists(file)]
        return found[0] if len(found) == 1 else None
    return path if path.suffix.lower() == ".jsonl" and _lists(path) else None


def _lists(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.readline(_LOOK)
    return all(mark in start for mark in _MARKS)


@dataclass(frozen=True, slots=True)
class _Solutions:
    cities: Gazetteer
    iris: Iris

    def findings(self, told: Element) -> Iterator[Finding]:
        """Convert a solution: to a policy, or to the reason why it is left out."""
        tags, title = told.element("tags"), told.text("title")
        sources = [each for each in tags.texts("consent") if each.startswith("http")]
        if not slug(title) or not sources:
            yield _noted(told, "incomplete-solution", "The solution has no title or no source.")
            return
        city = yield from self._city(told)
        if city is None:
            return
        goals = yield from _goals(tags)
        summary = told.element("sections").text("Description of the solution")
        cells = {
            "key": f"{city}-undp-{slug(title)}",
            "city": city,
            "title": title,
            "summary": summary,
            "theme": _themes(tags),
            "instrument": _instrument(told.element("sections").text("Type of Measure")),
            "goals": LISTED.join(goals),
            "source": LISTED.join(dict.fromkeys(sources)),
        }
        yield from policy(_record(told, cells), self.iris)

    def _city(self, told: Element) -> Generator[Finding, None, str | None]:
        """Return the key of the city that a solution is of, None where that is not known."""
        tags, title = told.element("tags"), told.text("title")
        names = dict.fromkeys(tags.texts("country"))
        codes = {code for code in map(country_code, names) if code}
        country = next(iter(codes)) if len(codes) == 1 else ""
        chosen = self.cities.chosen(title, country)
        if chosen is not None:
            return chosen
        found = self.cities.named_in(title, codes) if codes else ()
        if len(found) == 1:
            yield _from_title(told, found[0])
            self.cities.answers[title, country] = found[0].key
            return found[0].key
        text = told.element("sections").text("Description of the solution")
        candidates = self.cities.named_in(f"{title}. {text}", codes)
        self.cities.questions[title, country] = candidates
        yield _cityless(told, names, candidates)
        return None


def _from_title(told: Element, city: City) -> Problem:
    message = f"The title names {city}, so that the solution is taken to be of that city."
    remedy = "Choose another in the table of --resolve if that is wrong."
    return Problem("city-of-title", message, remedy, told.at("title"), severity=Severity.INFO)


def _cityless(told: Element, countries: Iterable[str], candidates: Sequence[City]) -> Problem:
    listed = "; ".join(map(str, candidates))
    hint = f", perhaps {listed}." if listed else "."
    where = ", ".join(countries) or "no country"
    found = _noted(told, "no-city", f"The solution names no one city, only {where}.")
    return replace(found, remedy=f"{_MORE}{hint}")


def _goals(tags: Element) -> Generator[Finding, None, list[str]]:
    """Return the goals by their numbers; a name that is not the UN's is told.

    A name that is like that of another goal contradicts its number: that goal is left out.
    """
    found = []
    for at, text in enumerate(tags.texts("sdgs")):
        number, _, name = (part.strip() for part in text.partition("."))
        place = replace(tags.place, path=f"{tags.at('sdgs').path}/{at}")
        official = _goal_names().get(number, "")
        if official and _meant(name) == official:
            found.append(number)
        if not official or folded(name) != official:
            yield _misspelt(text, official, place, kept=number in found)
    return found


def _meant(name: str) -> str:
    near = get_close_matches(folded(name), _goal_names().values(), n=1, cutoff=0.7)
    return near[0] if near else ""


def _misspelt(text: str, official: str, place: Place, *, kept: bool) -> Problem:
    message = f"{text!r} is not spelt as the UN has the goal of that number: {official!r}."
    remedy = "It is read by its number." if kept else "It is left out; mend number or name."
    severity = Severity.INFO if kept else Severity.WARNING
    return Problem("misspelt-goal", message, remedy, place, severity, text)


@cache
def _goal_names() -> Mapping[str, str]:
    table = files("urbansdg.data").joinpath("sdg_goals.csv")
    rows = [row for row in read_table(table, GOALS) if isinstance(row, Record)]
    return {row.text("code"): folded(row.text("en")) for row in rows}


def _themes(tags: Element) -> str:
    words = (word for area in tags.texts("thematic_areas") for word in folded(area).split())
    return LISTED.join(dict.fromkeys(_THEMES[word] for word in words if word in _THEMES))


def _instrument(measure: str) -> str:
    number = re.match(r"\W*(\d)", measure)
    return _INSTRUMENTS.get(number[1], "") if number else ""


def _record(told: Element, cells: Mapping[str, str]) -> Record:
    return Record(
        told.place, {column: text for column, text in cells.items() if text}, {"title": "title"}
    )


def _noted(told: Element, code: str, message: str) -> Problem:
    title = told.text("title")
    remedy = "It is left out; mend it in the source."
    return Problem(code, message, remedy, told.place, Severity.WARNING, title or None)


READER = UndpSolutions()
