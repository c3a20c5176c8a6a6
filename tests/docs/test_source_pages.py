"""Each reader has a page on its source: what is read, what is left out, and the terms."""

import re
from pathlib import Path

import pytest

from urbansdg.loaders.pipeline.reader_registry import all_readers

_SECTIONS = ("## What is read", "## What is left out", "## Terms")
_READERS = [reader.name for reader in all_readers()]


@pytest.mark.parametrize("reader", _READERS)
def test_a_reader_has_a_page(root: Path, reader: str) -> None:
    """The page of a reader names it, and has the three sections in their order, with text."""
    page = (root / "docs" / "reference" / "sources" / f"{reader}.md").read_text("utf-8")
    assert page.startswith("# ")
    assert f"`{reader}`" in page.partition("\n## ")[0]
    places = [page.index(section) for section in _SECTIONS]
    assert places == sorted(places)
    ends = [*places[1:], len(page)]
    for section, start, end in zip(_SECTIONS, places, ends, strict=True):
        assert len(page[start:end].split()) > len(section.split()) + 5, section


@pytest.mark.parametrize("reader", _READERS)
def test_the_page_of_a_reader_is_linked(root: Path, reader: str) -> None:
    """The list of sources, and the table of what can be loaded, link to the page."""
    listed = (root / "docs" / "reference" / "sources" / "README.md").read_text("utf-8")
    assert f"[`{reader}`]({reader}.md)" in listed
    loaded = (root / "docs" / "how-to" / "publishers.md").read_text("utf-8")
    assert f"../reference/sources/{reader}.md" in loaded


def test_there_is_no_page_without_a_reader(root: Path) -> None:
    """Every page of the folder is that of a reader, or the list."""
    pages = {page.stem for page in (root / "docs" / "reference" / "sources").glob("*.md")}
    assert pages == {*_READERS, "README"}
    listed = (root / "docs" / "reference" / "sources" / "README.md").read_text("utf-8")
    assert set(re.findall(r"\]\(([a-z0-9-]+)\.md\)", listed)) == set(_READERS)
