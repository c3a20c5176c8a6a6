"""The glossary names the terms of the code as they are."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

_ROW = re.compile(r"^\| ([a-z][\w -]*?) \| (?:`(\w+)`)? ?\| (.+?) \|$", re.MULTILINE)
_GLOSSARY = Path(__file__).parents[2] / "docs" / "explanation" / "glossary.md"
_TERMS = [row for row in _ROW.findall(_GLOSSARY.read_text("utf-8")) if row[0] != "term"]


@cache
def _tracked(root: Path) -> str:
    """Return the text of all code and documentation except the glossary."""
    command = ("git", "ls-files", "*.py", "*.md", "*.jinja", "*.csv", "*.rq")
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    files = {root / name for name in names.stdout.splitlines()} - {_GLOSSARY, Path(__file__)}
    return "\n".join(file.read_text("utf-8") for file in sorted(files) if file.is_file())


def test_the_glossary_has_terms() -> None:
    """The glossary has at least forty terms, each once and explained in one sentence."""
    names = [name for name, _, _ in _TERMS]
    assert len(names) >= 40
    assert len(set(names)) == len(names)
    assert [name for name, _, meaning in _TERMS if not re.search(r"[^.]\.$", meaning)] == []


@pytest.mark.parametrize(("term", "kind"), [(name, kind) for name, kind, _ in _TERMS])
def test_a_term_of_the_glossary_is_in_use(root: Path, term: str, kind: str) -> None:
    """A term is used in the code or the documentation, and its class exists in the product."""
    text = _tracked(root)
    assert re.search(rf"\b{re.escape(term)}", text, re.IGNORECASE), f"{term} is not used"
    if kind:
        assert re.search(rf"^class {kind}\b", text, re.MULTILINE), f"no class {kind}"
