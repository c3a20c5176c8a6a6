"""The texts of the pages: each in seven languages, each used, each with its placeholders."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from urbansdg.endpoint.html.interface_texts import LANGUAGES
from urbansdg.ontology.kinds_of_things import KINDS

if TYPE_CHECKING:
    from pathlib import Path

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _rows(root: Path) -> list[dict[str, str]]:
    text = (root / "endpoint" / "html" / "words.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_text_is_in_seven_languages(root: Path) -> None:
    """No text is missing in a language, and each has the same placeholders in all of them."""
    for row in _rows(root):
        assert set(row) == {"key", *LANGUAGES}, row
        assert all(text.strip() for text in row.values()), row["key"]
        own = sorted(_PLACEHOLDER.findall(row["en"]))
        assert all(sorted(_PLACEHOLDER.findall(row[tag])) == own for tag in LANGUAGES), row["key"]


def test_every_key_is_there_once(root: Path) -> None:
    """No key has two texts."""
    keys = [row["key"] for row in _rows(root)]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_every_key_of_a_template_has_a_text(root: Path) -> None:
    """Each key that a template names has a text."""
    keys = {row["key"] for row in _rows(root)}
    for template in (root / "endpoint" / "templates").glob("*.jinja"):
        named = set(re.findall(r'\bt\("(\w+[^_"])"', template.read_text("utf-8")))
        assert named <= keys, (template.name, named - keys)
    assert {kind.plural for kind in KINDS} <= keys


def test_every_text_is_used(root: Path) -> None:
    """Each key is named in a template or a module: texts that no page has are deleted."""
    sources = [
        *(root / "endpoint" / "templates").glob("*.jinja"),
        *(root / "endpoint").rglob("*.py"),
        *(root / "queries").rglob("*.py"),
    ]
    text = "\n".join(source.read_text("utf-8") for source in sources)
    patterns = re.findall(r'f"(\w+)_\{', text) + re.findall(r't\("(\w+)_" ~', text)
    unused = [
        row["key"]
        for row in _rows(root)
        if f'"{row["key"]}"' not in text
        and f"'{row['key']}'" not in text
        and not row["key"].startswith(tuple(f"{start}_" for start in patterns))
    ]
    assert unused == []
