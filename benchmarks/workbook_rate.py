"""Rows per second from a city's workbook to N-Triples, compared with morph-kgc.

    python -m benchmarks.workbook_rate [--rows N] [--morph PYTHON]

The same invented policies are written as a workbook (.xlsx), as a sheet in CSV and as our own
table, and as many values as an Open SDG site. Our readers read each into a draft in this process:
every cell is parsed and keeps its place, but nothing is validated. morph-kgc, in a Python
environment that has it (`--morph`), maps the table with RML to the same properties of a policy.
Ratios are rows per second divided by those of morph-kgc, for the median of three rounds.
"""

import argparse
import csv
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from openpyxl import Workbook

from benchmarks.loads.morph_kgc import run_morph, write_settings
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.ontology.iris import Iris

_ROUNDS = 3
_BASE = "http://localhost:8000"
_MAPPED = {
    "dcterms:title": 'rml:reference "title"',
    "dcterms:abstract": 'rml:reference "summary"',
    "usdg:theme": 'rml:reference "theme"',
    "usdg:status": 'rml:reference "status"',
    "dcterms:source": 'rml:reference "source"',
}


def policies(rows: int) -> Iterator[dict[str, str]]:
    """Yield invented policies in the columns of our table."""
    for number in range(rows):
        yield {
            "key": f"1835848-policy-{number}",
            "city": "1835848",
            "slug": f"policy-{number}",
            "title": f"Policy {number} of the city",
            "summary": f"What policy {number} is about, in a sentence or two of common length.",
            "theme": "transport",
            "status": "adopted",
            "source": f"https://city.example/policies/{number}",
        }


def write_sources(folder: Path, rows: int) -> dict[str, Path]:
    """Write the policies in each form; return their paths."""
    table = folder / "tables" / "policies.csv"
    table.parent.mkdir()
    listed = list(policies(rows))
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    return {
        "workbook": _workbook(folder / "city.xlsx", listed),
        "sheet in CSV": _sheets(folder / "sheets", listed),
        "table": table.parent,
        "Open SDG": _site(folder / "site", rows),
    }


def _columns(row: dict[str, str]) -> dict[str, str]:
    named = {"title": "Title", "slug": "Short name", "summary": "Summary", "theme": "Theme"}
    return {title: row[name] for name, title in (named | {"status": "Status"}).items()} | {
        "Sources": row["source"]
    }


def _workbook(path: Path, rows: list[dict[str, str]]) -> Path:
    book = Workbook(write_only=True)
    city = book.create_sheet("City")
    city.append(["City", "Country"])
    city.append(["Seoul", "KOR"])
    sheet = book.create_sheet("Policies")
    sheet.append(list(_columns(rows[0])))
    for row in rows:
        sheet.append(list(_columns(row).values()))
    book.save(path)
    return path


def _sheets(folder: Path, rows: list[dict[str, str]]) -> Path:
    folder.mkdir()
    (folder / "1 City.csv").write_text("City,Country\nSeoul,KOR\n", "utf-8")
    with (folder / "2 Policies.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(_columns(rows[0])))
        writer.writeheader()
        writer.writerows(map(_columns, rows))
    return folder


def _site(folder: Path, rows: int) -> Path:
    """Write an Open SDG site with that many values, five hundred per indicator."""
    (folder / "data").mkdir(parents=True)
    for number in range(0, rows, 500):
        table = folder / "data" / f"indicator_11-2-{number // 500 + 1}.csv"
        lines = (
            f"{2000 + at % 20},Group {at // 20},%,{at}.5" for at in range(min(500, rows - number))
        )
        table.write_text("\n".join(["Year,Group,Units,Value", *lines]), "utf-8")
    return folder


def read_once(source: Path) -> Callable[[], None]:
    """Return a function that reads a source once."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            draft = reader_of(source).read(
                source, None, ReadContext(Path(folder), Iris(_BASE), city="1835848")
            )
            assert draft.whole, draft.problems[:1]

    return run


def seconds(run: Callable[[], None]) -> float:
    """Return the seconds that a function takes: the median of three rounds."""
    rounds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        run()
        rounds.append(time.perf_counter() - began)
    return statistics.median(rounds)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--morph", metavar="PYTHON", help="path of a Python that has morph-kgc")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = write_sources(Path(folder), options.rows)
        taken = {name: seconds(read_once(path)) for name, path in sources.items()}
        if options.morph:
            table = sources["table"] / "policies.csv"
            subject = f"{_BASE}/id/policy/{{key}}"
            settings = write_settings(table, subject, "usdg:Policy", _MAPPED)
            taken["morph-kgc"] = seconds(partial(run_morph, options.morph, settings))
    peer = taken.get("morph-kgc")
    for name, time_taken in taken.items():
        ratio = f"{peer / time_taken:8.2f} of morph-kgc" if peer else ""
        sys.stdout.write(f"{name:14}{options.rows / time_taken:10,.0f} rows/s{ratio}\n")


if __name__ == "__main__":
    _main()
