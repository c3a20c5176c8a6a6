"""The published order of graphs, and where it is written down."""

import re
from pathlib import Path

from urbansdg.loaders.pipeline.bundled_data import bundles
from urbansdg.ontology.graph_precedence import ORDER, OTHERS, precedence


def test_the_order_in_the_docs_is_the_one_in_use(root: Path) -> None:
    """docs/reference/terms.md lists each graph with its place in the order."""
    text = (root / "docs" / "reference" / "terms.md").read_text("utf-8")
    section = text.partition("## The order of graphs")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d) \| (.+) \|$", section, re.MULTILINE)
    listed = {int(place): tuple(re.findall("`([a-z-]+)`", graphs)) for place, graphs in rows}
    assert listed == dict(enumerate(ORDER, 1))


def test_the_bundled_graphs_share_a_place() -> None:
    """Bundled data comes after a city's own graph, and before the gazetteers of the world."""
    places = {precedence(f"https://x.example/graph/{bundle.graph}") for bundle in bundles()}
    assert places == {OTHERS + 1}
    assert precedence("https://x.example/graph/town-hall") == OTHERS
    assert precedence("http://localhost:8000/graph/un-sdg-kos") == 1
