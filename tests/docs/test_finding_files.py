"""What a newcomer finds from the names of files alone, and the table that lists it."""

import re
import subprocess
from pathlib import Path

import pytest

_FILES = {
    "ETag and 304": ("conditional|etag", "If-None-Match|ETag"),
    "rate limit": ("rate_limit", "429|TOO_MANY_REQUESTS|seconds"),
    "problem details": ("problem_details", "application/problem"),
    "LDES": ("ldes", "tree|TREE"),
    "VoID": ("void", "count"),
    "JSON-LD compaction": ("jsonld.*compact", "context"),
    "SHACL to SPARQL": ("shacl_to_sparql", "SPARQL"),
    "killing of workers": ("worker_pool|worker_kill", r"\.kill\(\)"),
    "token check": ("token", "class Tokens"),
    "TimeMap": ("memento|timemap", "def timemap"),
    "dates in workbooks": ("dates", "def "),
    "RML": (r"(^|/)rml\.", "RML"),
}
"""For each thing: what a newcomer would look for among the files, and what is in the right one."""


@pytest.mark.parametrize("term", _FILES)
def test_a_file_is_found_by_the_term_it_implements(root: Path, term: str) -> None:
    """The one file of a term is found by its name, and the table of the architecture names it."""
    name, content = _FILES[term]
    listed = subprocess.run(
        ("git", "ls-files", "*.py"), cwd=root, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    packages = {link.name for link in (root / "urbansdg").iterdir() if link.is_symlink()}
    product = [file for file in listed if file.partition("/")[0] in packages]
    candidates = [file for file in product if re.search(name, file)]
    right = [file for file in candidates if re.search(content, (root / file).read_text("utf-8"))]
    page = (root / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    (named,) = re.findall(rf"^\| .*{re.escape(term)}.* \| `(.+)` \|$", page, re.MULTILINE)
    assert named in right
    assert len(candidates) <= 4, "too many names to look through"


def test_every_module_that_the_docs_name_exists(root: Path) -> None:
    """Each file of code that a page names by its path is in the tree."""
    named = {
        (page.relative_to(root), file)
        for page in (root / "docs").rglob("*.md")
        for file in re.findall(r"`([\w-]+/[\w/-]+\.py)`", page.read_text("utf-8"))
    }
    assert named
    assert {(page, file) for page, file in named if not (root / file).is_file()} == set()
