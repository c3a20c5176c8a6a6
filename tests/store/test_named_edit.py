"""What an edit says itself need not be sought in the whole graph."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.store import Step, fork
from urbansdg.store.edit import Edit

_OWN = "http://e/versions"
_BEFORE = """
    <http://e/a> <http://e/p> "one", "; DELETE DATA { x", 7 .
    <http://e/b> <http://e/p> <http://e/a> .
"""
_NAMED = [
    "INSERT DATA { <http://e/c> <http://e/p> 'two' . <http://e/a> <http://e/p> 'one' }",
    "DELETE DATA { <http://e/a> <http://e/p> 'one' } ; INSERT DATA { <http://e/a> <http://e/p> 2 }",
    "DELETE DATA { <http://e/a> <http://e/p> '; DELETE DATA { x' }",
    "INSERT DATA { <http://e/a> <http://e/p> '''; DELETE\nDATA { \"x' ''', \"# INSERT\" } # COPY",
    "insert  data { graph <http://e/g> { <http://e/a> <http://e/delete> '; INSERT DATA {' } }",
    "PREFIX ex: <http://e/> DELETE DATA { ex:a ex:p 07, '007' } ; INSERT DATA { ex:add ex:copy 1 }",
]
_COMPARED = [
    "INSERT DATA { _:x <http://e/p> 1 }",
    "INSERT DATA { [] <http://e/p> 1 }",
    "INSERT DATA { <http://e/c> <http://e/p> '\\u0041' }",
    "DELETE WHERE { <http://e/a> <http://e/p> ?o }",
    "DELETE { ?s ?p 'one' } INSERT { ?s <http://e/p> 'two' } WHERE { ?s ?p ?o }",
    "INSERT DATA { <http://e/c> <http://e/p> 1 } ; COPY DEFAULT TO <http://e/g>",
    "INSERT DATA { <http://e/c> <http://e/p> 1 } ; INSERT { ?s <http://e/q> 2 } WHERE { ?s ?p ?o }",
]


def _edited(folder: Path, *steps: Step) -> tuple[ox.Store, ox.Store, list[ox.Quad] | None]:
    before = ox.Store()
    before.load(_BEFORE.encode(), format=ox.RdfFormat.TURTLE)
    after = ox.Store(str(folder / "after"))
    after.extend(before)
    after.flush()
    del after
    named = Edit(steps, lambda _: None).run(folder / "after")
    return before, ox.Store(str(folder / "after")), named


@pytest.mark.parametrize("text", [*_NAMED, *_COMPARED])
def test_what_is_named_is_the_whole_difference(tmp_path: Path, text: str) -> None:
    """An update of data alone names its quads; the difference is that of the whole graphs."""
    before, after, named = _edited(tmp_path, Step("update", text=text))
    assert (named is not None) == (text in _NAMED)
    whole = fork.compare_edited(before, after, None, _OWN)
    found = fork.compare_edited(before, after, None, _OWN, named)
    assert whole.graphs
    assert (found.new, found.gone) == (whole.new, whole.gone)
    assert (found.subjects, found.graphs) == (whole.subjects, whole.graphs)


def test_a_graph_that_is_merged_names_its_quads(tmp_path: Path) -> None:
    """What the Graph Store Protocol merges into a graph is compared with what was there."""
    file = tmp_path / "more.ttl"
    file.write_text("<http://e/a> <http://e/p> 'one', 'two' .", "utf-8")
    step = Step("merge", "default", file=str(file), form="text/turtle", base="http://e/")
    before, after, named = _edited(tmp_path, step)
    found = fork.compare_edited(before, after, None, _OWN, named)
    assert named is not None
    assert (found.added, found.removed) == (1, 0)


def test_many_quads_are_not_named(tmp_path: Path) -> None:
    """Of an edit of many quads the states are compared: to hand all over would take longer."""
    many = " ".join(f"<http://e/a> <http://e/p> {number} ." for number in range(2_000))
    _, _, named = _edited(tmp_path, Step("update", text=f"INSERT DATA {{ {many} }}"))
    assert named is None
