"""The prose of code, messages and documentation is plain technical English.

The phrases are those of a dialect that this code base had: an engineer stumbles over them. See
CONTRIBUTING.md for the style.
"""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

_PHRASES = (
    r"\bfor to (be|look|find|see|make|have|judge|even)\b"
    r"|\b(is|are|was|were) told( of| as| to| in| by|\.|,|;)"
    r"|\btells? of\b"
    r"|\bno more (as|be|an?)\b"
    r"|\bmend(s|ed|ing)?\b"
    r"|\b(whence|thereof|lest|wherein)\b"
    r"|\bof (somebody|whom)\b|\bsomebody's\b"
    r"|\bbut for\b"
    r"|\bin the place of\b"
    r"|(?-i:\bthat is none\b)"
    r"|\bis no (number|time|date|kind|IRI|SPARQL|JSON|CSV|URL|RDF)\b"
    r"|\bis not said\b"
    r"|\bis not a good one\b"
    r"|\bLook at its spelling\b"
)
_BANNED = re.compile(_PHRASES.replace(" ", r"\s+"), re.IGNORECASE)

_BETWEEN_WORDS = re.compile(r"""\\[nrtvf]|["'#\\]|\bf(?=["'])""")
"""What stands for white space between the words of a phrase in the text of a module."""

_TEXT = {".md", ".csv", ".ttl", ".rq", ".jinja", ".lua", ".sh", ".js", ".yml", ".yaml", ".toml"}
_TEXT_NAMES = {"Makefile", "Containerfile", "run"}
_VERBATIM = (
    *("tests/conformance/", "tests/support/w3c", "ontology/versions/"),
    "endpoint/static/yasgui/",
)
"""What others wrote, and published versions of the ontology, which do not change."""


def _tracked(root: Path) -> list[str]:
    command = ("git", "ls-files", "-z")
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return [name for name in names.stdout.split("\0") if name]


def _python_prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield the strings, docstrings and blocks of comments of a module with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    first, last, block = 0, 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1:
                yield first, "\n".join(block)
                first, block = token.start[0], []
            block.append(token.string.lstrip("# "))
            last = token.start[0]
    yield first, "\n".join(block)


def _hits(root: Path, name: str) -> Iterator[str]:
    file = root / name
    if not file.is_file() or file.is_symlink() or name.startswith(_VERBATIM):
        return
    if file.suffix == ".py":
        source = file.read_text("utf-8")
        # Reading tokens is slow: only those of a module that may have a phrase are read.
        may_have = _BANNED.search(_BETWEEN_WORDS.sub(" ", source))
        prose = list(_python_prose(source)) if may_have else []
    elif file.suffix in _TEXT or file.name in _TEXT_NAMES:
        prose = [(1, file.read_text("utf-8"))]
    else:
        return
    for start, text in prose:
        for match in _BANNED.finditer(text):
            line = start + text.count("\n", 0, match.start())
            around = " ".join(text[max(0, match.start() - 40) : match.end() + 40].split())
            yield f"{name}:{line}: {' '.join(match[0].split())!r} in {around!r}"


def test_prose_has_no_banned_phrase(root: Path) -> None:
    """No docstring, comment, message, document or table has a phrase of the old dialect."""
    own = str(Path(__file__).relative_to(root))
    names = [name for name in _tracked(root) if name != own]
    hits = [hit for name in names for hit in _hits(root, name)]
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize(
    ("source", "phrase"),
    [
        ('"""The value is told by the header."""', "is told by"),
        ("x = 1  # for to be quick", "for to be"),
        ("x = f'{y} is no IRI'", "is no IRI"),
        ("# The reason is told\n# by the header.", "is told by"),
        ("x = 'The reason is '\\\n    'told by the header.'", "is told by"),
        ("x = 'The reason\\nis\\ttold ' f'by {y}'", "is told by"),
        ("told = 1", None),
    ],
)
def test_the_prose_of_a_module_is_found(tmp_path: Path, source: str, phrase: str | None) -> None:
    """Docstrings, comments and strings are read; names of variables are not."""
    (tmp_path / "a.py").write_text(source, "utf-8")
    hits = list(_hits(tmp_path, "a.py"))
    assert len(hits) == (phrase is not None)
    assert all(repr(phrase) in hit for hit in hits)
