"""JSON-LD that refers to our context: it is inserted here, and no context is ever fetched."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from urbansdg.ontology import jsonld_context
from urbansdg.ontology.namespaces import PREFIXES, PROJECT

MOST: Final = 256 << 20
"""Largest document, in bytes, that is searched for contexts: it must be held in memory."""

PUBLISHED: Final = f"{PROJECT}context.jsonld"
"""The IRI of our context in every installation; each also serves it under its own base."""

_NOT_LOADED: Final = "LoadDocumentCallback"


def inline_contexts(file: Path, out: Path, *bases: str, document: str = "") -> Path:
    """Return a file with our context in place of its IRI: `PUBLISHED`, or one under `bases`.

    Relative IRIs are resolved against `document`. The result is the file itself, or `out`. Raises
    `ValueError` if it is not JSON in UTF-8, and `SyntaxError` with its place for invalid JSON.
    """
    if file.stat().st_size > MOST:
        return file
    text = file.read_bytes()
    if b"context.jsonld" not in text:
        return file
    ours = frozenset((PUBLISHED, *(f"{base}/context.jsonld" for base in bases)))
    try:
        content = _Contexts(ours, document).replaced(json.loads(text))
        out.write_text(json.dumps(content), "utf-8")
    except json.JSONDecodeError as error:
        raise SyntaxError(error.msg, (file.name, error.lineno, error.colno, None)) from None
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None
    return out


class _Contexts:
    """Replaces the IRIs of our context: in `@context`, in scoped contexts and in `@import`."""

    def __init__(self, ours: frozenset[str], document: str) -> None:
        self._ours, self._document = ours, document

    def replaced(self, value: object) -> object:
        """Return a value of JSON with our context in place of its IRI."""
        if isinstance(value, list):
            return [self.replaced(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: self._context(item) if key == "@context" else self.replaced(item)
            for key, item in value.items()
        }

    def _context(self, value: object) -> object:
        if isinstance(value, list):
            return [self._context(item) for item in value]
        if isinstance(value, dict):
            own: dict[str, Any] = {key: self.replaced(item) for key, item in value.items()}
            if not self._is_ours(own.get("@import")):
                return own
            del own["@import"]  # its terms stand above the imported ones (JSON-LD 1.1, 4.1.8)
            return {**jsonld_context.context(), **own}
        return jsonld_context.context() if self._is_ours(value) else value

    def _is_ours(self, value: object) -> bool:
        if not isinstance(value, str):
            return False
        with suppress(ValueError):  # such as "http://[::"
            return urljoin(self._document, value) in self._ours
        return False


def context_refusal(message: str, file: Path) -> str | None:
    """Return why a parser's message refuses a context at another address, None for any other."""
    if _NOT_LOADED not in message:
        return None
    name = ""
    with suppress(ValueError, RecursionError, OSError):
        name = next(_remote(json.loads(file.read_bytes())), "")[:200]
    named = f"the context {name!r}" if name else "a context at another address"
    return f"it names {named}, and no context is fetched from elsewhere"


def context_remedy(home: str | None) -> str:
    """Return what to do about a context at another address; `home` serves ours, if it is known."""
    ours = f" Or name {home}/context.jsonld." if home else ""
    return (
        "Write that context into the document as an object in place of its address; for schema.org,"
        f' {{"@vocab": "{PREFIXES["schema"]}"}}.{ours}'
    )


def _remote(value: object, *, is_context: bool = False) -> Iterator[str]:
    """Yield the addresses of the contexts in a value of JSON."""
    if isinstance(value, str) and is_context:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _remote(item, is_context=is_context)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _remote(item, is_context=key in ("@context", "@import"))
