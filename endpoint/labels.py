"""The name of a thing in the reader's language (RFC 4647, section 3.4: lookup)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode
from webob.acceptparse import create_accept_language_header

from urbansdg.ontology.names import PREFIXES
from urbansdg.store import Reading

NAMING: Final = tuple(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (
        ("skos", "prefLabel"),
        ("dcterms", "title"),
        ("rdfs", "label"),
        ("foaf", "name"),
    )
)
_FALLBACK: Final = "en"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the header Accept-Language, None for no wish."""

    accept_language: str | None = None

    def choose(self, texts: Iterable[Literal]) -> Literal | None:
        """Return the text in the language that is wished most, else in English, else any."""
        found = sorted(texts, key=lambda text: (text.language or "", text.value))
        tags = [text.language for text in found if text.language]
        wished = self._wished(tags)
        for language in (wished, _FALLBACK):
            for text in found:
                if language is not None and text.language == language:
                    return text
        return found[0] if found else None

    def _wished(self, tags: list[str]) -> str | None:
        if not tags:
            return None
        header = create_accept_language_header(self.accept_language)
        found: str | None = header.lookup(language_tags=tags, default=_FALLBACK)
        return found


def names(store: Reading, thing: NamedNode | BlankNode) -> Iterator[Literal]:
    """Yield the names of a thing, by the first property that gives any."""
    for naming in NAMING:
        found = [
            quad.object
            for quad in store.quads_for_pattern(thing, naming, None, None)
            if isinstance(quad.object, Literal)
        ]
        if found:
            yield from found
            return


def local_name(iri: str) -> str:
    """Return the last part of an IRI, for a thing without a name."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2] or iri
