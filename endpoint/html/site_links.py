"""The site as one reader sees it: their language, and every address that a page leads to."""

from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote, urlencode

from starlette.requests import Request

from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.html.interface_texts import LANGUAGES, InterfaceTexts, name_of
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.page_values import address_of, path_of, plain
from urbansdg.ontology.namespaces import VOCAB

_LINKED: Final = ("http://", "https://")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """An installation with a base, for a reader, who asked for the page at `path` and `query`.

    Every address of this server that stands on a page is made here, and begins with `root`: what
    comes before the paths of this server, nothing where it answers at the root of its host.
    """

    base: str
    reader: LanguagePreference
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    root: str = ""
    words: InterfaceTexts = field(init=False)

    def __post_init__(self) -> None:
        """Choose the language of the page."""
        object.__setattr__(self, "words", InterfaceTexts(self.reader.prefer(LANGUAGES) or "en"))

    @classmethod
    def of(cls, request: Request, base: str) -> Self:
        """Return the site for a request."""
        given = request.query_params.multi_items()[:_MOST]
        query = tuple((name, plain(text)) for name, text in given if name != "lang")
        return cls(base, LanguagePreference.of(request), request.url.path, query)

    def at(self, path: str, **asked: str | int) -> str:
        """Return an address of this server that keeps the language which was asked for."""
        given = {name: str(value) for name, value in asked.items()}
        if self.reader.asked:
            given["lang"] = self.reader.asked
        bare, mark, fragment = path.partition("#")
        joint = "&" if "?" in bare else "?"
        query = joint + urlencode(given, safe=":/", quote_via=quote) if given else ""
        return f"{self.root}{bare}{query}{mark}{fragment}"

    def to(self, iri: str) -> str | None:
        """Return where a link to a thing leads a person: to its document, if it is ours."""
        if iri.startswith(VOCAB) and "#" in iri:
            return self.at(address_of(iri))
        path = path_of(iri, self.base)
        if path is None or path.startswith(_LINKED):
            return path
        return self.at(path.replace("/id/", "/doc/", 1))

    def inward(self, iri: str) -> str:
        """Return where this server tells what it knows of a thing that others have named."""
        return self.at(address_of(iri))

    def canonical(self) -> str:
        """Return the address of this page, whatever language it is in."""
        return self.root + self._with(self.query)

    def languages(self) -> list[tuple[str, str, str]]:
        """Return the languages of this page: the tag, the name in itself, the address."""
        return [
            (tag, name_of(tag), self.root + self._with((*self.query, ("lang", tag))))
            for tag in LANGUAGES
        ]

    def _with(self, query: tuple[tuple[str, str], ...]) -> str:
        path = quote(self.path, safe=SAFE)
        return f"{path}?{urlencode(query, safe=':/', quote_via=quote)}" if query else path
