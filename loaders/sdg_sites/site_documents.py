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


def files_below(base: Path, folder: str) -> list[Path]:
    """Return the files in a folder of a site and below, without links that lead out of the site."""
    inside = base.resolve()
    below = (Path(parent, name) for parent, _, names in os.walk(base / folder) for name in names)
    return sorted(file for file in below if file.is_file() and is_inside(file, inside))


def is_inside(path: Path, folder: Path) -> bool:
    """Return whether a path is below a resolved folder, whatever links are on the way."""
    try:
        return folder in path.resolve().parents
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
    return yaml.load(text, _Loader) or {}  # noqa: S506  # a base loader creates only texts


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
