"""The command `search` prints what the index of a version finds."""

import json
from pathlib import Path

from tests.support.command import Command


def test_search_prints_things_with_their_kinds(graph: Path, urbansdg: Command) -> None:
    """Words find things, with a line for each and the number of all."""
    done = urbansdg("search", "Sao", "Paulo", "--data-dir", graph)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1].split()[:3] == ["city", "São", "Paulo"]
    assert lines[-1].endswith(" results")
    assert (graph / "catalogue" / "search" / "1").is_dir()


def test_search_narrows_by_facets_and_prints_json(graph: Path, urbansdg: Command) -> None:
    """Without words, `--filter` alone chooses the things; the counts of facets are in the JSON."""
    options = ("--filter", "goal=11", "--filter", "kind=policy", "--format", "json")
    done = urbansdg("search", *options, "--data-dir", graph)
    document = json.loads(done.stdout)
    assert dict(document["facets"]["goal"])["11"] == document["total"] > 0
    assert {result["kind"] for result in document["results"]} == {"policy"}


def test_an_unknown_facet_is_an_error(graph: Path, urbansdg: Command) -> None:
    """A filter by what is no facet names the facets."""
    done = urbansdg("search", "--filter", "gaol=11", "--data-dir", graph)
    assert done.returncode == 2
    assert "goal" in done.stderr


def test_a_damaged_index_is_made_again(graph: Path, urbansdg: Command) -> None:
    """A search makes an index whose files are missing once more."""
    assert urbansdg("search", "bus", "--data-dir", graph).returncode == 0
    for file in (graph / "catalogue" / "search" / "1").glob("*.idx"):
        file.unlink()
    done = urbansdg("search", "bus", "--data-dir", graph)
    assert done.returncode == 0, done.stderr
    assert "bus" in done.stdout
