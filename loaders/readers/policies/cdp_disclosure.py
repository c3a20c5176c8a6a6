"""Reader of a city's disclosure to CDP in JSON: actions and projects become policies with budgets.

CDP's questionnaire has no SDG targets, so goals are skipped with a warning, and policies come
without claims; the city can add them. Amounts of projects have no currency in the file; CDP asks
for US dollars, as the field name of the actions says (`totalCostUsd`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.disclosures.disclosed_action import DisclosedAction, city_name, find_city
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.parse.facts import Cell, ReadResult
from urbansdg.loaders.parse.json_documents import clean_text, member, members, read_json
from urbansdg.loaders.tables.country_names import country_code
from urbansdg.loaders.workbook.choices import Choices, read_choices
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.store import Source

_APACHE: Final = "https://spdx.org/licenses/Apache-2.0"
_WHERE: Final = "https://github.com/CDPworldwide/cdp-adapt-ex"
_LOOK: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class CdpDisclosure:
    """The reader of a disclosure."""

    name: str = "cdp-disclosure"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether the path is a disclosure, or a folder with one."""
        file = _file(path)
        if file is None:
            return False
        with file.open("rb") as text:
            return b'"disclosureYear"' in text.read(_LOOK)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the actions and projects; raises `SourceUnreadable`."""
        file = _file(path) or path
        source = Source(file.name, checksum([file]), self.name, self.version, licence=_APACHE)
        document = read_json(file)
        city = _city(document, file, context)
        read = _Disclosure(document, city, file.name, context, read_choices(read_layout()))
        key = graph or f"{self.name}-{city}"
        return write_draft(key, read.findings(), source, context, None, rows_are_independent=True)


def _file(path: Path) -> Path | None:
    if path.is_dir():
        return next(iter(sorted(path.glob("*.json"))), None)
    return path if path.suffix == ".json" and path.is_file() else None


def _city(document: object, file: Path, context: ReadContext) -> str:
    """Return the key of the city that discloses; raises `SourceUnreadable`.

    The option `--city` is for a disclosure without a name, and decides between namesakes.
    """
    name = city_name(clean_text(member(document, "name")))
    country = country_code(clean_text(member(document, "countryName"))) or ""
    outcome = find_city(Cell(name, Place(file.name, path="/name")), country, context)
    if isinstance(outcome, Problem):
        raise SourceUnreadable(
            outcome.message, outcome.remedy, place=outcome.place, value=outcome.value
        )
    return outcome


@dataclass(frozen=True, slots=True)
class _Disclosure:
    document: object
    city: str
    file: str
    context: ReadContext
    choices: Choices

    def findings(self) -> Iterator[ReadResult]:
        """Yield the facts; places are JSON pointers (RFC 6901)."""
        for number, goal in enumerate(members(self.document, "governmentActions", "goals")):
            yield self._no_target(goal, self._at("goals", number))
        for number, action in enumerate(members(self.document, "governmentActions", "actions")):
            status = clean_text(member(action, "status", "statusType"))
            yield from self._policy(action, self._at("actions", number), status, "totalCostUsd")
        for number, project in enumerate(members(self.document, "governmentActions", "projects")):
            status = clean_text(project.get("status"))
            yield from self._policy(project, self._at("projects", number), status, "totalAmount")

    def _at(self, kind: str, number: int) -> Place:
        return Place(self.file, path=f"/governmentActions/{kind}/{number}")

    def _policy(
        self, action: Mapping[str, object], place: Place, status: str, amount: str
    ) -> Iterator[ReadResult]:
        stated = action.get(amount)
        fields = {
            "title": clean_text(action.get("title")),
            "summary": clean_text(action.get("description")),
            "status": status,
            "area": clean_text(action.get("projectArea")),
            "amount": "" if stated is None else str(stated),
            "currency": "USD",
            "funding": clean_text(action.get("financeModel")),
        }
        year = str(member(self.document, "disclosureYear"))
        headings = {"amount": amount}
        disclosed = DisclosedAction(self.city, fields, _WHERE, year, place, headings)
        yield from disclosed.facts(self.context.iris)

    def _no_target(self, goal: Mapping[str, object], place: Place) -> Problem:
        title = clean_text(goal.get("title"))
        return Problem(
            "no-target",
            f"The goal {title!r} has no SDG target; it was ignored.",
            "Add it with its target to the city's workbook or to city_goals.csv.",
            place,
            Severity.WARNING,
            title,
        )


READER = CdpDisclosure()
