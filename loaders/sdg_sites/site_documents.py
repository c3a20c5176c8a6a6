"""Documents in a site's files: YAML, YAML front matter in Markdown, JSON and pairs in CSV.

Every scalar is read as text, so that `1.10` stays the number of a target. A document that cannot
be parsed, is too large or is not a mapping is empty: the values of a site are worth more than one
broken page of metadata, and `SiteMetadata` reports the file.
"""

import csv
import json
import os
import re
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path
from typing import Final

import yaml

_MOST: Final = 16 << 20
"""The largest document, in bytes."""

_MOST_NODES: Final = 1_000_000
_NULL: Final = {"null", "~", "none", "nan"}
_FRONT_MATTER: Final = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_Loader: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml is ten times as fast

SiteDocument = Mapping[str, object]


def read_document(path: Path) -> SiteDocument | None:
    """Return the mapping in a file, by the ending of its name; None if it cannot be read."""
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None or not path.is_file() or path.stat().st_size > _MOST:
        return None
    text = path.read_text("utf-8-sig", errors="replace")
    try:
        document = parse(text)
    except (yaml.YAMLError, ValueError, csv.Error, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _bounded(document: object) -> object:
    """Return a document; raises `ValueError` if its aliases expand to too many nodes, or cycle."""
    sizes: dict[int, int] = {}

    def size(node: object) -> int:
        if not isinstance(node, dict | list):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = _MOST_NODES  # of a node that contains itself
            children = node.values() if isinstance(node, dict) else node
            sizes[id(node)] = min(1 + sum(map(size, children)), _MOST_NODES)
        return sizes[id(node)]

    if size(document) >= _MOST_NODES:
        raise ValueError("the document has too many nodes")
    return document


def files_below(base: Path, folder: str) -> list[Path]:
    """Return the files in a folder of a site and below, without links that lead out of the site."""
    inside, top = base.resolve(), base / folder
    below = os.walk(top) if top.resolve().is_relative_to(inside) else ()
    files = (Path(parent, name) for parent, _, names in below for name in names)
    return sorted(file for file in files if is_inside(file, inside))


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path is a file below a resolved folder, whatever links are on the way."""
    try:
        return folder in path.resolve().parents and path.is_file()
    except (OSError, RuntimeError):  # a link to itself
        return False


def plain_text(value: object) -> str:
    """Return a scalar as text in one line; "" for a list, a mapping and a null value."""
    if not isinstance(value, str):
        return ""
    text = " ".join(value.split())
    return "" if text.lower() in _NULL else text


def listed(value: object) -> list[SiteDocument]:
    """Return the mappings of a list; [] for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _yaml(text: str) -> object:
    return _bounded(yaml.load(text, _Loader) or {})  # noqa: S506  # a base loader creates only texts


def _front_matter(text: str) -> object:
    """Return the YAML between the first two lines of hyphens (Jekyll, "Front Matter")."""
    match = _FRONT_MATTER.match(text)
    return _yaml(match[1]) if match else {}


def _json(text: str) -> object:
    """Return a JSON document whose numbers and truth values are texts, as in YAML."""
    return _as_texts(json.loads(text, parse_float=str, parse_int=str, parse_constant=str))


def _as_texts(value: object) -> object:
    if isinstance(value, dict):
        return {key: _as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


def _pairs(text: str) -> object:
    """Return the first two columns of a table as a mapping (sdg-build, `InputCsvMeta`)."""
    return {row[0].strip(): row[1].strip() for row in csv.reader(StringIO(text)) if len(row) > 1}


_PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    ".yml": _yaml,
    ".yaml": _yaml,
    ".md": _front_matter,
    ".json": _json,
    ".csv": _pairs,
}
