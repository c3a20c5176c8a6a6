"""A question to two real installations: each thing of the bundled data is one row."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.server import Server, Start

pytestmark = pytest.mark.long

_OTHER = "http://localhost:8001/sparql"


@pytest.fixture(scope="module")
def installations(
    urbansdg: Command, launched: Start, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    """Return two servers of the bundled data on two base URIs; the first may ask the second."""
    folder = tmp_path_factory.mktemp("installations")
    for name in ("one", "two"):
        done = urbansdg("init", "--data-dir", folder / name, "--base", f"https://{name}.example")
        assert done.returncode == 0, done.stderr
    with launched(folder / "two", folder / "two.log", workers=1) as second:
        allowed = {
            "service_hosts": second.url.removeprefix("http://"),
            "service_networks": "127.0.0.1",
            "workers": 1,
        }
        with launched(folder / "one", folder / "one.log", **allowed) as first:
            yield first, second


@pytest.fixture(scope="module")
def question(root: Path) -> str:
    """Return the question of the documentation."""
    page = (root / "docs" / "reference" / "federation.md").read_text("utf-8")
    (query,) = (
        text for text in re.findall(r"```sparql\n(.*?)```", page, re.DOTALL) if _OTHER in text
    )
    return str(query)


def _rows(server: Server, query: str) -> list[dict[str, dict[str, str]]]:
    answer = server.ask(query)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, dict[str, str]]] = answer.json()["results"]["bindings"]
    return rows


def test_a_federated_question_has_one_row_for_each_bundled_policy(
    installations: tuple[Server, Server], question: str
) -> None:
    """By canonical IRI, two installations give the rows of one: half of those by local IRI."""
    first, second = installations
    both = question.replace(_OTHER, second.sparql)
    alone = _rows(first, re.sub(r"UNION \{\s*SERVICE.*?\}\s*\}\s*\}", "", both, flags=re.DOTALL))
    rows = _rows(first, both)
    by_local = _rows(first, both.replace("COALESCE(?common, ?local)", "?local"))
    assert len(alone) > 10
    assert len(rows) == len(alone) == len(by_local) / 2
    assert {row["installations"]["value"] for row in rows} == {"2"}
    canonical = "https://w3id.org/urbansdg/id/policy/"
    assert all(row["policy"]["value"].startswith(canonical) for row in rows)


def test_the_canonical_iris_of_two_installations_are_the_same(
    installations: tuple[Server, Server],
) -> None:
    """The bundled things of two installations have other IRIs, and the same canonical ones."""
    query = "SELECT ?it ?one { ?it <https://w3id.org/urbansdg/ontology#canonical> ?one }"
    one, two = (
        {(row["it"]["value"], row["one"]["value"]) for row in _rows(server, query)}
        for server in installations
    )
    assert {common for _, common in one} == {common for _, common in two}
    assert len({common for _, common in one}) == len(one) > 200
    assert {local for local, _ in one}.isdisjoint(local for local, _ in two)
