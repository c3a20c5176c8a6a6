"""The values on pages, the neighbours of a page of a list, and the addresses of links."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from urbansdg.endpoint.html.canonical_address import encoded
from urbansdg.ontology.namespaces import PREFIXES, VOCAB

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
_LINKED: Final = ("http://", "https://")
# Bidirectional controls, which disguise text (Unicode TR 36, section 3.6), and other controls.
_MISLEADING: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class PageValue:
    """A value on a page: its text, its address (None for a literal), its language if it differs.

    `is_cut` is True if the text is cut. An external thing has two addresses: `inward`, its
    description here, and `outward`, its own; one is the link of its name, the other is beside it.
    """

    text: str
    href: str | None = None
    language: str | None = None
    iri: str | None = None
    outward: str | None = None
    inward: str | None = None
    is_cut: bool = False

    @property
    def direction(self) -> str | None:
        """The direction of the text, None if its language is that of the page."""
        if self.language is None:
            return None
        return "rtl" if self.language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list: its number, and the addresses of its neighbours.

    `last` is the number of the last page, `first_at` and `last_at` are the addresses of the first
    and the last page; they are None where the total is not known.
    """

    number: int
    before: str | None
    after: str | None
    last: int | None = None
    first_at: str | None = None
    last_at: str | None = None


def plain(text: str) -> str:
    """Return a text without control characters that disguise it."""
    return _MISLEADING.sub("\ufffd", text)


def cut(text: str, longest: int) -> str:
    """Return a text with an ellipsis after its first `longest` characters, where it has more."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def address_of(iri: str) -> str:
    """Return the path at which this server describes an external thing."""
    return f"/describe?uri={quote(iri, safe=':/')}"


def path_of(iri: str, base: str) -> str | None:
    """Return the target of a link to an IRI: a path for local IRIs, None if not a web address.

    Every installation serves the vocabulary of the project, so links to it stay here too.
    """
    for start, local in ((f"{base}/", "/"), (VOCAB, "/vocab/"), (PREFIXES["usdg"], "/ontology#")):
        if iri.startswith(start):
            return encoded(local + iri.removeprefix(start))
    if iri.startswith(PREFIXES["usdgsh"]):
        return "/shapes#" + encoded(iri.removeprefix(PREFIXES["usdgsh"]))
    return encoded(iri) if iri.startswith(_LINKED) else None
