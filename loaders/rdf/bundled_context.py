"""JSON-LD that names our context: it gets ours from here, and no other is ever fetched."""

import json
from pathlib import Path

from urbansdg.ontology import jsonld_context
from urbansdg.ontology.namespaces import PROJECT

MOST = 256 << 20
"""A document of more bytes is not looked through for names of contexts: it is held whole."""

PUBLISHED = f"{PROJECT}context.jsonld"
"""The name of our context whatever the installation; each serves it under its own base too."""


def with_contexts(file: Path, out: Path, base: str) -> Path:
    """Return a file with our context where this one names it: `PUBLISHED`, or that under `base`.

    It is the file itself, or `out`. Raises `ValueError` where that is no JSON in UTF-8, and
    `SyntaxError` with line and column where the JSON breaks off.
    """
    if file.stat().st_size > MOST:
        return file
    text = file.read_bytes()
    if b"context.jsonld" not in text:
        return file
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise SyntaxError(error.msg, (file.name, error.lineno, error.colno, None)) from None
    except RecursionError:
        raise ValueError("the document is nested too deep") from None
    ours = frozenset((PUBLISHED, f"{base}/context.jsonld"))
    out.write_text(json.dumps(_replaced(document, ours)), "utf-8")
    return out


def _replaced(value: object, ours: frozenset[str]) -> object:
    if isinstance(value, list):
        return [_replaced(each, ours) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _context(each, ours) if key == "@context" else _replaced(each, ours)
        for key, each in value.items()
    }


def _context(value: object, ours: frozenset[str]) -> object:
    if isinstance(value, list):
        return [_context(each, ours) for each in value]
    return jsonld_context.context() if isinstance(value, str) and value in ours else value
