"""Reader of local government solutions in UNDP's SDG innovation commons (JSON Lines).

A solution names its country but not its city, and its coordinates are the centre of the country.
Its city is the one city of that country whose name is in the title or the description. If there is
none or several, the solution is skipped and its candidates are reported; `--resolve` can assign a
city by title. Goals are identified by number, because their names are misspelt.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.city_gazetteer import City, Gazetteer
from urbansdg.loaders.parse.cell_values import is_web_address
from urbansdg.loaders.parse.facts import LISTED, ReadResult, Record
from urbansdg.loaders.parse.json_documents import clean_text, member, read_json_lines, texts
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.tables.country_names import country_code
from urbansdg.loaders.tables.policies import claim, organisation, policy
from urbansdg.loaders.workbook.choices import Choices, read_choices
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_CLAIMANT: Final = "undp-accelerator-labs"
_PAGES: Final = (
    "https://github.com/UNDP-Accelerator-Labs/sdg-innovation-commons/blob/gh-pages/pages/"
)
_MIT: Final = "https://spdx.org/licenses/MIT"
_SHORT: Final = 3
"""Words of this length or shorter are not taken for names of cities."""

_LOOK: Final = 1 << 16
_GOAL: Final = re.compile(r"\s*(1[0-7]|[1-9])\b")
_YEAR: Final = re.compile(r"20[0-9]{2}")
_PARTS: Final = {"honshu": "JPN", "flemish brabant": "BEL"}
"""Parts of countries that this source has as countries."""


@dataclass(frozen=True, slots=True)
class UndpSolutions:
    """The reader of the solutions."""

    name: str = "undp-solutions"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the path is a file of solutions, or a folder with one."""
        file = _file(path)
        if file is None:
            return False
        with file.open("rb") as lines:
            first = lines.readline(_LOOK)
        return b'"sections"' in first and b'"tags"' in first

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read every solution whose city can be determined; raises `SourceUnreadable`."""
        file = _file(path) or path
        source = Source(file.name, checksum([file]), self.name, self.version, licence=_MIT)
        place = _Commons(context, context.gazetteer(), read_choices(read_layout()))
        return write_draft(
            graph or self.name,
            place.findings(file),
            source,
            context,
            None,
            rows_are_independent=True,
        )


def _file(path: Path) -> Path | None:
    if path.is_dir():
        return next(iter(sorted(path.glob("*.jsonl"))), None)
    return path if path.suffix == ".jsonl" and path.is_file() else None


@dataclass(frozen=True, slots=True)
class _Commons:
    context: ReadContext
    cities: Gazetteer
    choices: Choices

    def findings(self, file: Path) -> Iterator[ReadResult]:
        for number, solution in read_json_lines(file):
            place = Place(file.name, line=number)
            if not isinstance(solution, Mapping):
                yield _omission(place, "no-solution", "The line is not a solution", "")
                continue
            if not slug(clean_text(solution.get("title"))):
                yield _omission(place, "no-solution", "The solution has no title", "")
                continue
            city = self._city(solution, place)
            if isinstance(city, Problem):
                yield city
                continue
            if (
                self.cities.choices.get((comparison_key(clean_text(solution.get("title"))), ""))
                is None
            ):
                yield _from_text(solution, place, self.cities.by_key[city])
            yield from self._solution(solution, city, place)

    def _solution(
        self, solution: Mapping[str, object], city: str, place: Place
    ) -> Iterator[ReadResult]:
        title = clean_text(solution.get("title"))
        links = [link for link in texts(solution, "tags", "consent") if is_web_address(link)]
        if not links:
            yield _omission(place, "no-source", f"{title!r} has no web address of a source", "")
            return
        cells = {
            "key": f"{city}-undp-{slug(title)}",
            "city": city,
            "title": title,
            "summary": _description(solution),
            "theme": LISTED.join(self._themes(solution)),
            "source": LISTED.join(dict.fromkeys(links)),
        }
        filled = {column: text for column, text in cells.items() if text}
        yield from policy(Record(place, filled), self.context.iris)
        yield from self._claims(solution, cells["key"], place)

    def _claims(
        self, solution: Mapping[str, object], key: str, place: Place
    ) -> Iterator[ReadResult]:
        """Yield a claim on each goal that the page of a solution names."""
        goals = _goals(solution)
        if goals:
            claimant = {"key": _CLAIMANT, "name": "UNDP Accelerator Labs", "language": "en"}
            yield from organisation(Record(place, claimant), self.context.iris)
        years = [year for year in texts(solution, "tags", "year") if _YEAR.fullmatch(year)]
        file = clean_text(solution.get("file"))
        about = {
            "policy": key,
            "claimant": _CLAIMANT,
            "source": f"{_PAGES}{quote(file)}" if file else "",
            "date": years[0] if years else "",
        }
        filled = {column: text for column, text in about.items() if text}
        for goal in goals:
            yield from claim(Record(place, filled | {"goal": goal}), self.context.iris)

    def _themes(self, solution: Mapping[str, object]) -> list[str]:
        areas = texts(solution, "tags", "thematic_areas")
        concepts = (self.choices.concept("theme", area) for area in areas)
        return list(dict.fromkeys(filter(None, concepts)))

    def _city(self, solution: Mapping[str, object], place: Place) -> str | Problem:
        title = clean_text(solution.get("title"))
        chosen = self.cities.choices.get((comparison_key(title), ""))
        if chosen:
            self.cities.answers[title, ""] = chosen
            return chosen
        country = self._country(solution)
        cities = self._cities_in(f"{title}. {_description(solution)}", country)
        if len(cities) == 1:
            self.cities.answers[title, country] = cities[0].key
            return cities[0].key
        self.cities.questions[title, ""] = cities
        named = "; ".join(map(str, cities))
        why = (
            f"names {len(cities)} cities" if cities else "names no city of its country in the graph"
        )
        return _omission(place, "no-city", f"{title!r} {why}", named)

    def _country(self, solution: Mapping[str, object]) -> str:
        for name in texts(solution, "tags", "country"):
            return country_code(name) or _PARTS.get(comparison_key(name), "")
        return ""

    def _cities_in(self, text: str, country: str) -> tuple[City, ...]:
        """Return the cities of a country whose capitalised names are in a text."""
        words = re.findall(r"[^\W\d_]+", text)
        cities: dict[str, City] = {}
        for size in (3, 2, 1):
            for at in range(len(words) - size + 1):
                run = words[at : at + size]
                if run[0][0].isupper() and run[-1][0].isupper() and len(" ".join(run)) > _SHORT:
                    for city in self.cities.find(" ".join(run), country):
                        cities.setdefault(city.key, city)
        return tuple(cities.values()) if country else ()


def _goals(solution: Mapping[str, object]) -> list[str]:
    matches = (_GOAL.match(match) for match in texts(solution, "tags", "sdgs"))
    return list(dict.fromkeys(match[1] for match in matches if match))


def _description(solution: Mapping[str, object]) -> str:
    """Return the description without HTML tags and Markdown links."""
    text = clean_text(member(solution, "sections", "Description of the solution"))
    bare = re.sub(r"<[^<>]{1,200}>|!?\[[^\]]*\]\([^)]*\)", " ", text)
    return re.sub(r"[ \t]+", " ", bare).strip()


def _from_text(solution: Mapping[str, object], place: Place, city: City) -> Problem:
    return Problem(
        "city-from-text",
        f"{clean_text(solution.get('title'))!r} was assigned to {city}, the only city in it.",
        "If that is wrong, choose a city for its title in the table of --resolve.",
        place,
        Severity.INFO,
    )


def _omission(place: Place, code: str, message: str, candidates: str) -> Problem:
    hint = f" Candidates: {candidates}." if candidates else ""
    return Problem(
        code,
        f"{message}; it was ignored.",
        f"Choose a city for its title in the table of --resolve, by the key of the city.{hint}",
        place,
        Severity.WARNING,
    )


READER = UndpSolutions()
