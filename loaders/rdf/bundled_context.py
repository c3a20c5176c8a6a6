"""JSON-LD that refers to our context: it is inserted here, and no context is ever fetched."""

import json
from pathlib import Path

from urbansdg.ontology import jsonld_context
from urbansdg.ontology.namespaces import PROJECT

MOST = 256 << 20
"""Largest document, in bytes, that is searched for contexts: it must be held in memory."""

PUBLISHED = f"{PROJECT}context.jsonld"
"""The IRI of our context in every installation; each also serves it under its own base."""


def inline_contexts(file: Path, out: Path, base: str) -> Path:
    """Return a file with our context in place of its IRI: `PUBLISHED`, or the one under `base`.

    The result is the file itself, or `out`. Raises `ValueError` if it is not JSON in UTF-8, and
    `SyntaxError` with line and column for invalid JSON.
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
        raise ValueError("the document is nested too deeply") from None
    ours = frozenset((PUBLISHED, f"{base}/context.jsonld"))
    out.write_text(json.dumps(_replace_contexts(document, ours)), "utf-8")
    return out


def _replace_contexts(value: object, ours: frozenset[str]) -> object:
    if isinstance(value, list):
        return [_replace_contexts(item, ours) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _context(item, ours) if key == "@context" else _replace_contexts(item, ours)
        for key, item in value.items()
    }


def _context(value: object, ours: frozenset[str]) -> object:
    if isinstance(value, list):
        return [_context(item, ours) for item in value]
    return jsonld_context.context() if isinstance(value, str) and value in ours else value
