"""What every page is made of: values, and where its links lead."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.ontology.namespaces import PREFIXES, VOCAB

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
_LINKED: Final = ("http://", "https://")
# Marks that make a text look as another (Unicode TR 36, 3.6), and what is no text at all.
_MISLEADING: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class PageValue:
    """One value on a page: its text, where it leads (None for a literal), its language if another.

    `is_cut` says that the text goes on.
    A thing of others has two ways: `inward` to what the graph says of it, `outward` to what they
    say; one of them is where its name leads, the other stands beside it.
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
        """The direction in which the text is written, None where its language is the page's."""
        if self.language is None:
            return None
        return "rtl" if self.language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def plain(text: str) -> str:
    """Return a text without the marks that would make it look as another."""
    return _MISLEADING.sub("\ufffd", text)


def address_of(iri: str) -> str:
    """Return where this server describes a thing that others have named."""
    return f"/describe?uri={quote(iri, safe=':/')}"


def path_of(iri: str, base: str) -> str | None:
    """Return where a link to an IRI leads: on this server for ours, None for no web address.

    Our vocabulary is served by every installation, so its links stay here too.
    """
    for start, local in ((f"{base}/", "/"), (VOCAB, "/vocab/"), (PREFIXES["usdg"], "/ontology#")):
        if iri.startswith(start):
            return quote(local + iri.removeprefix(start), safe=SAFE)
    if iri.startswith(PREFIXES["usdgsh"]):
        return "/shapes#" + quote(iri.removeprefix(PREFIXES["usdgsh"]), safe=SAFE)
    return quote(iri, safe=SAFE) if iri.startswith(_LINKED) else None
