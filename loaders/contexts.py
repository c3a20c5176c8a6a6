"""JSON-LD that names our context: it gets ours from here, and no other is ever fetched."""

import io
import json
from typing import IO

from urbansdg.ontology import jsonld

MOST = 256 << 20
"""Bytes that a document may have that names a context: it is held in memory whole."""

PUBLISHED = "https://w3id.org/urbansdg/context.jsonld"
"""The name of our context whatever the installation; each serves it under its own base too."""


def with_contexts(source: IO[bytes], base: str) -> IO[bytes]:
    """Return the document with our context in the places that name it: `PUBLISHED`, or under base.

    Raises `ValueError` where it is no JSON in UTF-8,
    `SyntaxError` with line and column where that breaks off.
    """
    text = source.read(MOST + 1)
    if len(text) > MOST:
        raise ValueError(f"the document has more than {MOST >> 20} MiB; N-Triples has no limit")
    if b"context.jsonld" not in text:
        return io.BytesIO(text)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = ("", error.lineno, error.colno, None)
        raise SyntaxError(error.msg, place) from None
    except RecursionError:
        raise ValueError("the document is nested too deep") from None
    ours = frozenset((PUBLISHED, f"{base}/context.jsonld"))
    return io.BytesIO(json.dumps(_replaced(document, ours)).encode())


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
    return jsonld.context() if isinstance(value, str) and value in ours else value
