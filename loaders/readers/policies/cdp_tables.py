"""Reader of CDP's open data on cities in CSV: answers to its questionnaires, and tables of actions.

The answers of 2018 to 2023 (`Full Cities Dataset`) have a row for each city, question, row and
column, with the account of the city, the number and name of the question, and the answer. The
tables of actions (emissions reduction, mitigation, adaptation) have a row for each action. Both
become policies with their periods and budgets. CDP's questionnaires have no SDG targets; a table
that has a column of them gives claims. Of several years of one city, the latest is read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.disclosures.disclosed_action import (
    DisclosedAction,
    city_name,
    currency_of,
    find_city,
)
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, count_lines, write_draft
from urbansdg.loaders.parse.facts import Cell, ReadResult, Record
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.spreadsheets.csv_text import first_row
from urbansdg.loaders.tables.country_names import country_code
from urbansdg.loaders.tables.csv_table import Header, read_table
from urbansdg.loaders.tables.known_table import CSV_ONLY, KnownTable, columns
from urbansdg.store import Source

_WHERE: Final = "https://data.cdp.net/"
_CITY: Final = {
    "city": ("city", "city name"),
    "organisation": ("organization", "organization name", "organisation", "organisation name"),
    "account": ("account number", "organization number", "organisation number", "account no"),
    "country": ("country", "country area", "country areas"),
    "reported": ("year reported to cdp", "reporting year", "disclosure year", "year"),
    "questionnaire": ("questionnaire", "questionnaire name"),
}
"""The titles of the columns that say whose row it is, and of which year."""

_ACTION: Final = {
    "title": ("action title", "title of action", "name of action"),
    "action": (
        *("action", "mitigation action", "adaptation action", "emissions reduction action"),
        *("emissions reduction activity", "emission reduction activity", "mitigation activity"),
    ),
    "summary": (
        *("action description and implementation progress", "action description"),
        *("description of action", "describe action and its implementation progress"),
    ),
    "status": (
        *("implementation status", "status of action", "status of action in the reporting year"),
        "action status",
    ),
    "area": (
        *("sector", "sector area", "sectors areas adaptation action applies to"),
        *("emissions sector", "primary emissions sector addressed", "action type", "activity"),
    ),
    "start": ("start year of action", "start year", "action start year"),
    "end": ("end year of action", "end year", "action end year"),
    "amount": (
        *("total cost of the project", "total cost of project", "total cost of action"),
        *("total cost", "total cost of the project currency"),
    ),
    "currency": ("currency", "currency of cost", "currency code"),
    "funding": (
        *("primary fund source", "primary source fund", "primary funding source"),
        *("majority funding source", "funding source s", "funding source"),
    ),
    "targets": ("sdg target", "sdg targets", "sdg", "sdgs"),
    "link": ("web link to action website", "web link", "website", "link"),
}
"""The titles of the columns of an action, in tables and as `Column Name` of answers."""

_ANSWER: Final = {
    "question": ("question number",),
    "asks": ("question name",),
    "column": ("column name",),
    "row": ("row number",),
    "answer": ("response answer",),
}
_NEEDED: Final = {"question", "column", "row", "answer"}
_IDENTITY: Final = {"city", "organisation"}


@dataclass(frozen=True, slots=True)
class CdpTables:
    """The reader of tables of answers and of tables of actions."""

    name: str = "cdp-tables"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether a CSV file has the titles of answers or of actions."""
        if path.suffix.lower() != ".csv" or not path.is_file():
            return False
        titles = _titles(path)
        if not _IDENTITY & _fields(titles, _CITY).keys():
            return False
        is_reported = {"reported", "questionnaire", "account"} & _fields(titles, _CITY).keys()
        is_action = {"title", "action"} & _fields(titles, _ACTION).keys()
        return _fields(titles, _ANSWER).keys() >= _NEEDED or bool(is_reported and is_action)

    def tables(self) -> tuple[KnownTable, ...]:
        """Return the two kinds of tables."""
        who = {"Organization": (*_CITY["city"], *_CITY["organisation"])}
        answers = columns("Question Number", "Column Name", "Row Number", "Response Answer")
        actions = {
            "Year Reported to CDP": (*_CITY["reported"], *_CITY["questionnaire"]),
            "Action Title": (*_ACTION["title"], *_ACTION["action"]),
        }
        others = [title for titles in _ACTION.values() for title in titles]
        return (
            KnownTable("answers", who | answers, (), CSV_ONLY),
            KnownTable("actions", who | actions, others, CSV_ONLY),
        )

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the actions of the cities in the graph; raises `SourceUnreadable`."""
        source = Source(path.name, checksum([path]), self.name, self.version)
        results = _Disclosures(path, context).results()
        return write_draft(
            graph or path.stem,
            results,
            source,
            context,
            count_lines([path]),
            rows_are_independent=True,
        )


def _titles(path: Path) -> list[str]:
    return [title.strip() for title in first_row(path)]


def _title_key(title: str) -> str:
    """Return the comparison key of a title without its remarks in brackets."""
    return comparison_key(re.sub(r"\([^()]*\)", " ", title))


def _fields(titles: list[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return the titles of the fields; of several titles for one field, the first counts."""
    fields: dict[str, str] = {}
    for title in titles:
        for name, others in names.items():
            if name not in fields and _title_key(title) in others:
                fields[name] = title
    return fields


@dataclass(slots=True)
class _Disclosed:
    """What one city disclosed in one place of one year, so far: its answers by field."""

    who: Mapping[str, str]
    year: str
    place: Place
    answers: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Disclosures:
    """The disclosures in a file; `currencies` are the answers to the question about it."""

    path: Path
    context: ReadContext
    currencies: dict[tuple[str, str], str] = field(default_factory=dict)

    def results(self) -> Iterator[ReadResult]:
        titles = _titles(self.path)
        header = Header(tuple(filter(None, titles)))
        is_answers = _fields(titles, _ANSWER).keys() >= _NEEDED
        actions: list[_Disclosed] = []
        groups: dict[tuple[str, ...], _Disclosed] = {}
        for row in read_table(self.path, header):
            if isinstance(row, Problem):
                yield row
            elif is_answers:
                self._answer(row, titles, groups)
            else:
                actions.append(self._action(row, titles))
        actions += groups.values()
        yield from self._policies([action for action in actions if _is_action(action)])

    def _action(self, row: Record, titles: list[str]) -> _Disclosed:
        who = {name: row.text(title) for name, title in _fields(titles, _CITY).items()}
        fields = _fields(titles, _ACTION)
        answers = {name: row.text(title) for name, title in fields.items()}
        return _Disclosed(who, _year(who), row.place, answers, fields)

    def _answer(
        self, row: Record, titles: list[str], groups: dict[tuple[str, ...], _Disclosed]
    ) -> None:
        """Add an answer to those of its row in the questionnaire."""
        who = {name: row.text(title) for name, title in _fields(titles, _CITY).items()}
        cells = {name: row.text(title) for name, title in _fields(titles, _ANSWER).items()}
        year, account = _year(who), _account(who)
        column = _title_key(cells["column"])
        if "currency" in comparison_key(cells.get("asks", "")) and currency_of(cells["answer"]):
            self.currencies.setdefault((account, year), cells["answer"])
        name = next((name for name, others in _ACTION.items() if column in others), None)
        if name is not None and cells["answer"]:
            key = account, year, cells["question"], cells["row"]
            group = groups.setdefault(key, _Disclosed(who, year, row.place))
            group.answers.setdefault(name, cells["answer"])
            group.headings.setdefault(name, cells["column"])

    def _policies(self, actions: list[_Disclosed]) -> Iterator[ReadResult]:
        latest: dict[str, str] = {}
        for action in actions:
            account = _account(action.who)
            latest[account] = max(action.year, latest.get(account, ""))
        earlier = [action for action in actions if action.year != latest[_account(action.who)]]
        if earlier:
            yield _earlier_years(earlier)
        cities: dict[str, str | None] = {}
        for action in actions:
            account = _account(action.who)
            if action.year != latest[account]:
                continue
            if account not in cities:
                city = self._city(action)
                cities[account] = city if isinstance(city, str) else None
                if isinstance(city, Problem):
                    yield city
            key = cities[account]
            if key is not None:
                currency = self.currencies.get((account, action.year), "")
                answers = {"currency": currency, **action.answers}
                answers["title"] = answers.get("title") or answers.get("action", "")
                answers["area"] = answers.get("area") or answers.get("action", "")
                yield from DisclosedAction(
                    *(key, answers, _WHERE, action.year, action.place),
                    {**action.headings, "year": "year"},
                    "und",  # cities answer in their own language, which the tables do not name
                ).facts(self.context.iris)

    def _city(self, action: _Disclosed) -> str | Problem:
        """Return the key of the city that a row names; the option `--city` is for empty cells."""
        name = city_name(action.who.get("city") or action.who.get("organisation", ""))
        country = country_code(action.who.get("country", "")) or ""
        outcome = find_city(Cell(name, action.place), country, self.context)
        if isinstance(outcome, str):
            return outcome
        return Problem(
            outcome.code,
            f"{outcome.message} Its actions were left out.",
            outcome.remedy,
            action.place,
            Severity.WARNING,
            name,
        )


def _is_action(action: _Disclosed) -> bool:
    return bool({"title", "action"} & action.answers.keys())


def _account(who: Mapping[str, str]) -> str:
    return who.get("account") or who.get("organisation") or who.get("city", "")


def _year(who: Mapping[str, str]) -> str:
    year = re.search(r"\b20\d\d\b", f"{who.get('reported', '')} {who.get('questionnaire', '')}")
    return year[0] if year else ""


def _earlier_years(actions: list[_Disclosed]) -> Problem:
    count = len(actions)
    return Problem(
        "earlier-disclosure",
        f"{count:,} actions of earlier years were left out: the latest year of each city is read.",
        "No action is needed. To load an earlier year, remove the later ones from the table.",
        actions[0].place,
        Severity.INFO,
    )


READER = CdpTables()
