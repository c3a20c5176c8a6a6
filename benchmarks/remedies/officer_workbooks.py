"""Workbooks as officers fill them in: rows from published data, with planted mistakes between.

A row has the values of its source as an officer would copy them. A mistake is in a row of its own,
whose other cells are right.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from benchmarks.remedies.planted_mistakes import Mistake, planted
from urbansdg.loaders.workbook.workbook_layout import WorkbookLayout, read_layout

Row = dict[str, str]
_CITIES = (
    ("Chicago", "USA", "en"), ("New York City", "USA", "en"), ("London", "GBR", "en"),
    ("Singapore", "SGP", "en"), ("Toronto", "CAN", "en"), ("Delhi", "IND", "en"),
    ("Paris", "FRA", "fr"), ("Montreal", "CAN", "fr"), ("Ghent", "BEL", "fr"),
    ("Bogotá", "COL", "es"), ("Quito", "ECU", "es"), ("Santiago", "CHL", "es"),
    ("Seoul", "KOR", "ko"), ("Suwon", "KOR", "ko"), ("Tokyo", "JPN", "ko"),
)  # fmt: skip


@dataclass(frozen=True)
class OfficerWorkbook:
    """A workbook, and what was planted in which cell: by sheet and address."""

    path: Path
    language: str
    mistakes: Mapping[tuple[str, str], Mistake] = field(default_factory=dict)


def write_workbook(
    path: Path, city: tuple[str, str, str], rows: Sequence[tuple[str, Row]], mistakes: list[Mistake]
) -> OfficerWorkbook:
    """Write rows by sheet and the mistakes; `city` is its name, its country and the language."""
    layout = read_layout()
    name, country, language = city
    sheets: dict[str, list[tuple[Row, Mistake | None]]] = {form.name: [] for form in layout.forms}
    sheets["city"].append(({"name": name, "country": country}, None))
    for number in range(1, 6):
        sheets["policies"].append((_policy(f"Night buses {number}"), None))
    for sheet, row in rows:
        sheets[sheet].append((row, None))
    for number, mistake in enumerate(mistakes):
        sheets[mistake.sheet].append((_row(mistake, number), mistake))
    return OfficerWorkbook(path, language, _save(path, layout, language, sheets))


def _policy(title: str) -> Row:
    return {"title": title, "targets": "11.2", "source": "https://city.example/night-buses"}


def _row(mistake: Mistake, number: int) -> Row:
    """Return the row of a mistake; what other sheets refer to is right."""
    bare: Mapping[str, Row] = {
        "policies": _policy(f"Measure {number}"),
        "phases": {"policy": "Night buses 1", "title": f"Phase {number}", "start": "2020"},
        "budgets": {"policy": "Night buses 2"},
        "staff": {"policy": "Night buses 3", "role": f"Role {number}"},
        "stakeholders": {"policy": "Night buses 4"},
        "contacts": {},
    }
    return bare[mistake.sheet] | dict(mistake.other) | {mistake.column: mistake.text}


def _save(
    path: Path,
    layout: WorkbookLayout,
    language: str,
    sheets: Mapping[str, Sequence[tuple[Row, Mistake | None]]],
) -> dict[tuple[str, str], Mistake]:
    book, cells = Workbook(), dict[tuple[str, str], Mistake]()
    book.remove(book.worksheets[0])
    for form in layout.forms:
        sheet = book.create_sheet(form.titles[language])
        names = [column.name for column in form.offered]
        sheet.append([column.titles[language] for column in form.offered])
        for at, (row, mistake) in enumerate(sheets[form.name], start=2):
            sheet.append([row.get(column) for column in names])
            if mistake is not None:
                letter = get_column_letter(names.index(mistake.column) + 1)
                cells[form.titles[language], f"{letter}{at}"] = mistake
    book.save(path)
    return cells


def workbooks(data: Path, folder: Path, mistakes: int, seed: int) -> Iterator[OfficerWorkbook]:
    """Yield fifteen workbooks with rows from the published data in a folder."""
    sources = [_cdp(data), *_solutions(data, 8), *_indices(data, 3), *_open_sdg(data)]
    for number, (city, rows) in enumerate(zip(_CITIES, sources, strict=True)):
        random = Random(seed + number)  # noqa: S311  # reproducible, not secret
        path = folder / f"{number + 1:02}-{city[0].lower().replace(' ', '-')}-{city[2]}.xlsx"
        yield write_workbook(path, city, rows, list(planted(mistakes, random, city[2])))


def _cdp(data: Path) -> list[tuple[str, Row]]:
    """Return the actions and projects of a disclosure to CDP."""
    document = json.loads((data / "cdp-chicago-2025" / "3203.json").read_text("utf-8"))
    rows: list[tuple[str, Row]] = []
    government = document["governmentActions"]
    for number, action in enumerate(government["actions"]):
        title = f"{action['title']} {number}"
        sectors = [sector["sectorType"] for sector in action["impactedSectors"] or []]
        rows.append(("policies", {
            "title": title, "summary": action["description"] or "",
            "status": _words((action["status"] or {}).get("statusType")),
            "theme": ", ".join(map(_words, sectors)), "planned_end": action["timeframe"] or "",
            "targets": "13.1", "source": "https://www.chicago.gov/climate",
        }))  # fmt: skip
        if action["totalCostUsd"]:
            rows.append(("budgets", {"policy": title, "amount": str(action["totalCostUsd"]),
                                     "stage": "Total cost"}))  # fmt: skip
    for number, project in enumerate(government["projects"]):
        title = f"{project['title']} {number}"
        rows.append(("policies", {
            "title": title, "summary": project["description"] or "",
            "theme": project["projectArea"] or "",
            "status": _words(project["status"]), "type": "Project", "targets": "13.2",
            "source": "Chicago Climate Action Plan",
        }))  # fmt: skip
        if project["totalAmount"]:
            rows.append(("budgets", {
                "policy": title, "amount": f"USD {project['totalAmount']}",
                "funding_kind": (project["financeModel"] or "").replace("|", " / "),
            }))  # fmt: skip
    return rows


def _words(code: str | None) -> str:
    return (code or "").replace("_", " ").capitalize()


def _solutions(data: Path, count: int) -> Iterator[list[tuple[str, Row]]]:
    """Yield the solutions of local governments that UNDP collected, in parts."""
    file = data / "undp-local-government" / "solutions_local_government_125_redacted.jsonl"
    solutions = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for part in range(count):
        yield [row for solution in solutions[part::count] for row in _solution(solution)]


def _solution(solution: Mapping[str, Mapping[str, object]]) -> Iterator[tuple[str, Row]]:
    sections, tags = solution["sections"], solution["tags"]

    def section(name: str) -> str:
        return str(sections.get(name) or "").removeprefix("- ").strip()

    def tag(name: str) -> str:
        values = tags.get(name) or []
        return ", ".join(map(str, values)) if isinstance(values, list) else ""

    title = str(solution["title"])
    yield "policies", {
        "title": title, "summary": section("Description of the solution")[:500],
        "type": section("Type of the Solution"), "theme": section("Affected Sector"),
        "planned_start": tag("year"), "planned_end": section("Timescale of implementation"),
        "goals": tag("sdgs"), "targets": "" if tag("sdgs") else "11.6",
        "source": tag("consent") or "UNDP Accelerator Labs",
    }  # fmt: skip
    lead = section("Who led the solution") or section("Who lead the solution")
    if lead:
        yield "stakeholders", {"policy": title, "organisation": lead, "role": "led the solution"}


def _indices(data: Path, count: int) -> Iterator[list[tuple[str, Row]]]:
    """Yield values of the SDSN's index of US cities as outcomes, in parts."""
    book = load_workbook(
        data / "sdsn-us-cities-2019" / "2019USCitiesIndexResults.xlsx", read_only=True
    )
    titles, *lines = islice(book["Results"].iter_rows(values_only=True), 40)
    columns = [at for at, title in enumerate(titles) if at > 3 and title]
    for part in range(count):
        rows: list[tuple[str, Row]] = []
        for number, line in enumerate(lines[part::count]):
            at = columns[(7 * number + part) % len(columns)]
            rows.append(("outcomes", {
                "policy": "Night buses 1", "description": f"Value of {line[0]} {number}",
                "indicator": f"{titles[at]} {number}", "unit": "index", "after": "2019 (latest)",
                "after_value": str(line[at]), "source": "www.sustainabledevelopment.report/2019",
            }))  # fmt: skip
        yield rows


def _open_sdg(data: Path) -> Iterator[list[tuple[str, Row]]]:
    """Yield values of three Open SDG sites as outcomes."""
    for site in ("la-open-sdg", "open-sdg-schleswig", "open-sdg-usa"):
        files = sorted((data / site / "data").rglob("indicator_*.csv"))[:25]
        rows: list[tuple[str, Row]] = []
        for number, file in enumerate(files):
            lines = list(islice(csv.DictReader(file.open(encoding="utf-8-sig")), 1))
            if lines and lines[0].get("Value"):
                code = file.stem.removeprefix("indicator_").replace("-", ".")
                rows.append(("outcomes", {
                    "policy": "Night buses 2", "description": f"Value of {code} {number}",
                    "indicator": f"Indicator {code}", "after": lines[0].get("Year") or "",
                    "unit": lines[0].get("Units") or lines[0].get("UNIT_MEASURE") or "-",
                    "after_value": f"{lines[0]['Value']} (national)",
                    "source": f"Open SDG, indicator {code}",
                }))  # fmt: skip
        yield rows
