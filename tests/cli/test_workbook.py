"""The city officer's commands, as they are run."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from openpyxl import load_workbook

from urbansdg.cli.exit_codes import Exit
from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def filled(tmp_path: Path, urbansdg: Command) -> Path:
    """Return a template with its example made the data of Seoul."""
    path = tmp_path / "seoul.xlsx"
    assert urbansdg("template", path).returncode == Exit.DONE
    book = load_workbook(path)
    for sheet in book.worksheets[:-1]:
        sheet["A3"].value = None
    book["City"]["B3"].value = "Seoul"
    book.save(path)
    return path


@pytest.mark.long
def test_a_filled_template_is_loaded(graph: Path, filled: Path, urbansdg: Command) -> None:
    """The template, filled, is loaded as one version that names its reader; twice is once."""
    done = urbansdg("load", filled, "--data-dir", graph)
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    assert done.stdout.startswith("Loaded seoul: ")
    source = GraphStore.open(graph).current().graphs["http://localhost:8000/graph/seoul"].source
    assert (source["name"], source["reader"]) == ("seoul.xlsx", "workbook")
    again = urbansdg("load", filled, "--data-dir", graph)
    assert again.stdout == "Nothing to change: version 2 has all of seoul.\n"


def test_a_mistake_is_told_in_its_cell_and_marked(
    graph: Path, filled: Path, urbansdg: Command, tmp_path: Path
) -> None:
    """A mistake ends the load with exit code 1, is reported in its cell, in the copy and in RDF."""
    book = load_workbook(filled)
    book["Budgets"]["C3"].value = "a lot"
    book.save(filled)
    marked, report = tmp_path / "marked.xlsx", tmp_path / "report.ttl"
    outputs = ("--marked", marked, "--report", report)
    done = urbansdg("load", filled, "--data-dir", graph, *outputs)
    assert done.returncode == Exit.PROBLEMS_IN_INPUT
    assert "sheet Budgets, row 3, column C (Amount): Cannot read 'a lot'" in done.stderr
    assert load_workbook(marked)["Budgets"]["C3"].comment is not None
    statements = {str(quad.object) for quad in ox.parse(path=str(report))}
    assert {'"bad-amount"', '"sheet=Budgets; row=3; column=C (Amount)"'} <= statements
    assert GraphStore.open(graph).current_number() == 1


def test_what_the_graph_has_of_a_city_is_written(
    graph: Path, urbansdg: Command, tmp_path: Path
) -> None:
    """`--city` fills the template from the graph; a city that is not there is refused."""
    path = tmp_path / "haneul.xlsx"
    done = urbansdg("template", path, "--city", "example-haneul", "--data-dir", graph)
    assert done.returncode == Exit.DONE
    assert load_workbook(path)["Policies"]["B3"].value == "Night buses for Haneul (fictitious)"
    refused = urbansdg("template", tmp_path / "x.xlsx", "--city", "1", "--data-dir", graph)
    assert refused.returncode == Exit.USAGE
    assert "no city with the key 1" in refused.stderr


def test_nothing_is_written_over(graph: Path, filled: Path, urbansdg: Command) -> None:
    """A file that is there already is not touched, by the template or the marked copy."""
    before = filled.read_bytes()
    assert urbansdg("template", filled).returncode == Exit.USAGE
    refused = urbansdg("load", filled, "--data-dir", graph, "--marked", filled)
    assert refused.returncode == Exit.USAGE
    assert filled.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"no workbook"], ids=["missing", "damaged"])
def test_a_workbook_that_cannot_be_opened_is_one_error(
    bundled: Path, urbansdg: Command, tmp_path: Path, content: bytes | None
) -> None:
    """A workbook that is missing or damaged is reported once, and has no marked copy."""
    file, marked = tmp_path / "city.xlsx", tmp_path / "marked.xlsx"
    if content is not None:
        file.write_bytes(content)
    done = urbansdg("load", file, "--data-dir", bundled, "--marked", marked)
    assert done.returncode == Exit.PROBLEMS_IN_INPUT
    problem, outcome = done.stderr.splitlines()
    assert problem.endswith("[source-unreadable]")
    assert outcome == "Nothing was loaded."
    assert not marked.exists()


@pytest.mark.parametrize("ending", [".pdf", ".xls", ".csv"])
def test_a_template_has_a_known_ending(urbansdg: Command, tmp_path: Path, ending: str) -> None:
    """Another ending than that of a workbook is refused, and nothing is written."""
    refused = urbansdg("template", tmp_path / f"out{ending}")
    assert refused.returncode == Exit.USAGE
    assert f"annot write {ending} files. Name a file that ends in .xlsx, or a" in refused.stderr
    assert not any(tmp_path.iterdir())


def test_one_sheet_alone_adds_to_policies_of_the_graph(
    graph: Path, urbansdg: Command, tmp_path: Path
) -> None:
    """A sheet alone, as CSV, is about policies that the graph has, by title, short name or key."""
    file = tmp_path / "budgets.csv"
    rows = ["Policy,Amount,Year", "cheonggyecheon,5 EUR,2004", "1835848-cheonggyecheon,6 EUR,2005"]
    file.write_text("\n".join(rows), "utf-8")
    done = urbansdg("load", file, "--city", "1835848", "--data-dir", graph, "--dry-run")
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    file.write_text("Policy,Amount,Year\ncheonggyechon,5 EUR,2024\n", "utf-8")
    refused = urbansdg("load", file, "--city", "1835848", "--data-dir", graph)
    assert refused.returncode == Exit.PROBLEMS_IN_INPUT
    assert "[unknown-policy]" in refused.stderr
