"""The documentation, run: each command, query and setting that it shows."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from SPARQLWrapper import JSON, SPARQLWrapper

from tests.support.command import bare_environment
from tests.support.server import Server
from urbansdg.queries import questions

Command = Callable[..., subprocess.CompletedProcess[str]]
_ROOT = Path(__file__).resolve().parents[2]
_PAGES = sorted((_ROOT / "docs").rglob("*.md"))
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CITY = """@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://localhost:8000/id/city/new> a usdg:City ; skos:prefLabel "New"@en ;
    usdg:country <http://localhost:8000/id/country/KOR> .
"""


def _blocks(page: Path, kind: str) -> list[str]:
    text = page.read_text("utf-8")
    return [body for name, body in _BLOCK.findall(text) if name == kind]


def _queries() -> list[tuple[str, str]]:
    return [
        (f"{page.stem}-{number}", query)
        for page in _PAGES
        for number, query in enumerate(_blocks(page, "sparql"), 1)
        if "SERVICE" not in query  # tests/egress/test_federated_question.py asks these
    ]


def test_there_is_a_page_for_each_kind_of_user() -> None:
    """There is a page for each kind of user, and one on the architecture with its picture."""
    names = {page.stem for page in _PAGES}
    assert names >= {"publishers", "researchers", "federation", "operators", "architecture"}
    explanation = _ROOT / "docs" / "explanation"
    assert "](architecture.svg)" in (explanation / "architecture.md").read_text("utf-8")
    paths = (explanation / "request-paths.md").read_text("utf-8")
    assert len(re.findall(r"\]\(path-\w+\.svg\)", paths)) == 4


def test_every_question_is_in_the_reference() -> None:
    """The page of the bundled questions has every one, in its own words."""
    page = (_ROOT / "docs" / "reference" / "questions.md").read_text("utf-8")
    assert [
        question.name
        for question in questions()
        if f"| `{question.name}` | {question.words} |" not in page
    ] == []


@pytest.mark.parametrize("query", [pytest.param(query, id=name) for name, query in _queries()])
def test_each_query_of_the_docs_has_an_answer(serving: Server, query: str) -> None:
    """Each query of the documentation has an answer from the bundled data."""
    client = SPARQLWrapper(f"{serving.url}/sparql")
    client.setQuery(query)
    client.setReturnFormat(JSON)
    result = client.queryAndConvert()
    assert isinstance(result, dict)
    assert result["results"]["bindings"]


def test_the_python_of_the_tutorial_works(
    graph: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The Python of the tutorial runs as it stands, in its order, and loads the city."""
    (tmp_path / "var").symlink_to(graph)
    (tmp_path / "city.ttl").write_text(_CITY, "utf-8")
    monkeypatch.chdir(tmp_path)
    for code in _blocks(_ROOT / "docs" / "tutorial" / "researchers.md", "python"):
        exec(compile(code, "researchers.md", "exec"), {})  # noqa: S102  # it is our own text
    out = capsys.readouterr().out
    assert "policies in version 1" in out
    assert out.endswith("('city',) 2\n")


def _workbook(path: Path) -> None:
    """Write the workbook that the page for publishers loads."""
    book = Workbook()
    book.worksheets[0].title = "City"
    book.worksheets[0].append(["City", "Country"])
    book.worksheets[0].append(["Seoul", "Republic of Korea"])
    policies = book.create_sheet("Policies")
    policies.append(["Title", "Short name", "SDG targets", "Sources"])
    policies.append(["Buses through the night", "night", "11.2", "https://seoul.example/night"])
    book.save(path)


@pytest.mark.long
@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in _PAGES])
def test_each_command_of_the_docs_works(page: Path, serving: Server, tmp_path: Path) -> None:
    """Each command of the documentation ends well, in the order of its page."""
    (tmp_path / "city.ttl").write_text(_CITY, "utf-8")
    _workbook(tmp_path / "seoul.xlsx")
    shutil.copy(_ROOT / "queries" / "policies_for_target.rq", tmp_path)
    shutil.copytree(_ROOT / "data" / "example", tmp_path / "data" / "example")
    places = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for line in "".join(_blocks(page, "sh")).splitlines():
        if line.startswith("curl ") and shutil.which("curl") is None:
            pytest.skip("curl is not on this machine")
        done = subprocess.run(
            ("bash", "-c", _aimed(line, serving.url)),
            cwd=tmp_path,
            env=bare_environment() | places,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def _aimed(line: str, url: str) -> str:
    """Return a command aimed at the server of the test; curl is to fail where that says no.

    It asks again where the server says when: the search index is made in the first seconds.
    """
    aimed = line.replace("http://localhost:8000/", f"{url}/")
    return aimed.replace("curl ", "curl --fail --retry 5 ")


def test_the_readme_shows_its_query_and_the_answer_it_gives(
    bundled: Path, urbansdg: Command
) -> None:
    """The query on the first screen of the README gives the very answer that stands below it."""
    readme = _ROOT / "README.md"
    (query,) = _blocks(readme, "sparql")
    (answer,) = _blocks(readme, "text")
    done = urbansdg("query", "-", "--data-dir", bundled, stdin=query)
    assert [line.rstrip() for line in done.stdout.splitlines()] == answer.splitlines()


def test_the_python_of_the_readme_works(
    bundled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The Python of the README prints the city, the amount and the currency of the first row."""
    (code,) = _blocks(_ROOT / "README.md", "python")
    (tmp_path / "var").symlink_to(bundled)
    (tmp_path / "queries").symlink_to(_ROOT / "queries")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102  # it is our own text
    assert capsys.readouterr().out == "Ahmedabad 4930000000 INR 1\n"


def test_the_picture_of_the_readme_is_small() -> None:
    """The screenshot is the only binary picture of the docs, and has at most 150 kB."""
    (picture,) = (_ROOT / "docs").rglob("*.png")
    assert picture.stat().st_size <= 150_000
    assert f"]({picture.relative_to(_ROOT)})" in (_ROOT / "README.md").read_text("utf-8")


def test_the_readmes_query_is_a_bundled_question() -> None:
    """The query of the README is the bundled question on policies for a target."""
    (query,) = _blocks(_ROOT / "README.md", "sparql")
    question = next(question for question in questions() if question.name == "policies_for_target")
    body = "".join(
        line for line in question.text.splitlines(keepends=True) if not line.startswith("#+")
    )
    assert query == body


def test_the_first_screen_of_the_readme_has_the_two_commands() -> None:
    """The first screen of the README says what it is for and has the two commands."""
    first = "\n".join((_ROOT / "README.md").read_text("utf-8").splitlines()[:30])
    assert "make serve" in first
    assert "make test" in first


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.stem) for page in (*_PAGES, *sorted(_ROOT.glob("*.md")))]
)
def test_each_link_within_the_docs_leads_somewhere(page: Path) -> None:
    """Each link from a page to another file of the project leads to one."""
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text("utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=page.stem) for page in (*_PAGES, *sorted(_ROOT.glob("*.md")))]
)
def test_each_link_to_a_section_names_a_heading(page: Path) -> None:
    """Each link to a section of a page names one of its headings, in GitHub's spelling."""
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)", page.read_text("utf-8"))
    missing = [
        f"{target}#{section}"
        for target, section in links
        if section not in _sections((page.parent / target) if target else page)
    ]
    assert missing == []


def _sections(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings}
