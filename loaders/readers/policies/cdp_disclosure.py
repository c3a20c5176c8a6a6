"""Reader of a city's disclosure to CDP in JSON: actions and projects become policies with budgets.

CDP's questionnaire has no SDG targets, so goals are skipped with a warning, and policies come
without claims; the city can add them. Amounts of projects have no currency in the file; CDP asks
for US dollars, as the field name of the actions says (`totalCostUsd`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.parse.facts import LISTED, Cell, ReadResult, Record
from urbansdg.loaders.parse.json_documents import clean_text, member, members, read_json
from urbansdg.loaders.tables.country_names import country_code
from urbansdg.loaders.tables.data_cube_series import decimal
from urbansdg.loaders.tables.policies import budget, policy
from urbansdg.loaders.workbook.choices import Choices, read_choices
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_APACHE: Final = "https://spdx.org/licenses/Apache-2.0"
_WHERE: Final = "https://github.com/CDPworldwide/cdp-adapt-ex"
_LOOK: Final = 1 << 12
_STATUS: Final = {
    "SCOPING": "proposed", "PROJECT_STRUCTURING": "proposed", "PROJECT_FEASIBILITY": "proposed",
    "TRANSACTION_PREPARATION": "adopted", "IMPLEMENTATION": "in-progress",
}  # fmt: skip
_THEMES: Final = {
    "Transport": "transport", "Public and green spaces": "green-space",
    "Waste management": "waste", "Water management": "water", "Nature-Based Solutions":
    "biodiversity", "Buildings": "energy", "Other: Extreme Weather": "disaster-risk",
}  # fmt: skip
_FUNDING: Final = {
    "Bonds": "loan", "Public finance- own budget": "own-revenue",
    "Public finance- national government": "national-transfer",
}  # fmt: skip


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
        return write_draft(key, read.findings(), source, context, None)


def _file(path: Path) -> Path | None:
    if path.is_dir():
        return next(iter(sorted(path.glob("*.json"))), None)
    return path if path.suffix == ".json" and path.is_file() else None


def _city(document: object, file: Path, context: ReadContext) -> str:
    """Return the key of the city that discloses; raises `SourceUnreadable`."""
    if context.city is not None:
        return context.city
    name = re.sub(r"^(City|Municipality) of ", "", clean_text(member(document, "name")))
    country = country_code(clean_text(member(document, "countryName"))) or ""
    outcome = context.gazetteer().resolve(Cell(name, Place(file.name, path="/name")), country)
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
        titles: set[str] = set()
        for number, goal in enumerate(members(self.document, "governmentActions", "goals")):
            yield self._no_target(goal, self._at("goals", number))
        for number, action in enumerate(members(self.document, "governmentActions", "actions")):
            status = clean_text(member(action, "status", "statusType"))
            running = "in-progress" if status.startswith(("ACTION_IN", "IMPLEMENT")) else ""
            yield from self._policy(
                action, self._at("actions", number), running, "totalCostUsd", titles
            )
        for number, project in enumerate(members(self.document, "governmentActions", "projects")):
            status = _STATUS.get(clean_text(project.get("status")), "")
            yield from self._policy(
                project, self._at("projects", number), status, "totalAmount", titles
            )

    def _at(self, kind: str, number: int) -> Place:
        return Place(self.file, path=f"/governmentActions/{kind}/{number}")

    def _policy(
        self,
        action: Mapping[str, object],
        place: Place,
        status: str,
        amount: str,
        titles: set[str],
    ) -> Iterator[ReadResult]:
        title = clean_text(action.get("title"))
        if not slug(title) or slug(title) in titles:
            yield _no_title(title, replace(place, path=f"{place.path}/title"))
            return
        titles.add(slug(title))
        area = clean_text(action.get("projectArea"))
        key = f"{self.city}-cdp-{slug(title)}"
        cells = {
            "key": key,
            "city": self.city,
            "title": title,
            "summary": clean_text(action.get("description")),
            "status": status,
            "theme": next((_THEMES[theme] for theme in _THEMES if area.startswith(theme)), ""),
            "source": _WHERE,
        }
        filled = {column: text for column, text in cells.items() if text}
        yield from policy(Record(place, filled), self.context.iris)
        yield from self._budget(action, key, place, amount)

    def _budget(
        self, action: Mapping[str, object], key: str, place: Place, column: str
    ) -> Iterator[ReadResult]:
        stated = action.get(column)
        number = decimal(str(stated)) if isinstance(stated, int | float) else None
        if not number or number == "0":
            if stated is not None:
                yield _no_amount(stated, replace(place, path=f"{place.path}/{column}"))
            return
        models = clean_text(action.get("financeModel")).split("|")
        kinds = [_FUNDING[model] for model in models if model in _FUNDING]
        cells = {
            "policy": key,
            "key": "disclosed",
            "stage": "estimated",
            "coverage": "whole-policy",
            "cost_type": "all-costs",
            "amount": number,
            "currency": "USD",
            "as_stated": str(stated),
            "year": str(member(self.document, "disclosureYear")),
            "funding_kind": LISTED.join(dict.fromkeys(kinds)),
            "source": _WHERE,
        }
        filled = {name: text for name, text in cells.items() if text}
        yield from budget(Record(place, filled), self.context.iris)

    def _no_target(self, goal: Mapping[str, object], place: Place) -> Problem:
        return Problem(
            "no-target",
            f"The goal {clean_text(goal.get('title'))!r} has no SDG target; it was ignored.",
            "Add it with its target to the city's workbook or to city_goals.csv.",
            place,
            Severity.WARNING,
        )


def _no_title(title: str, place: Place) -> Problem:
    return Problem(
        "no-title",
        f"The title {title!r} is empty or a duplicate; the entry was ignored.",
        "Give it a unique title, or add it to the city's workbook.",
        place,
        Severity.WARNING,
    )


def _no_amount(stated: object, place: Place) -> Problem:
    return Problem(
        "no-amount",
        f"The amount {stated} is not usable; the budget was ignored.",
        "No action is needed, unless the city knows the amount.",
        place,
        Severity.WARNING,
        str(stated),
    )


READER = CdpDisclosure()
