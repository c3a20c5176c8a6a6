"""The site for one reader: the language, and the addresses of all links on a page."""

from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote, urlencode

from starlette.requests import Request

from urbansdg.egress.egress_policy import Egress
from urbansdg.endpoint.html import picture_address
from urbansdg.endpoint.html.canonical_address import encoded
from urbansdg.endpoint.html.interface_texts import LANGUAGES, InterfaceTexts, name_of
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.locale_formats import territory
from urbansdg.endpoint.html.page_values import address_of, path_of, plain
from urbansdg.ontology.namespaces import VOCAB

_LINKED: Final = ("http://", "https://")
_MOST: Final = 20
_SHORT: Final = 1_000


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """The site for a reader who requests the page at `path` with `query`.

    It makes every address of this server on a page. Each begins with `root`, the path of the
    installation on its host, which is empty at the root of the host. `is_citable` says whether a
    visitor can ask for a permanent link to the page. `pictures` is the policy for pictures, None
    where a page shows none.
    """

    base: str
    reader: LanguagePreference
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    root: str = ""
    is_citable: bool = False
    pictures: Egress | None = None
    words: InterfaceTexts = field(init=False)

    def __post_init__(self) -> None:
        """Choose the language of the page."""
        object.__setattr__(self, "words", InterfaceTexts(self.reader.prefer(LANGUAGES) or "en"))

    @classmethod
    def of(cls, request: Request, base: str) -> Self:
        """Return the site for a request."""
        parameters = request.query_params.multi_items()[:_MOST]
        query = tuple((name, plain(text)) for name, text in parameters if name != "lang")
        return cls(base, LanguagePreference.of(request), request.url.path, query)

    def at(self, path: str, **parameters: str | int) -> str:
        """Return an address of this server that keeps the requested language."""
        texts = {name: str(value) for name, value in parameters.items()}
        if self.reader.query_language:
            texts["lang"] = self.reader.query_language
        bare, mark, fragment = path.partition("#")
        joint = "&" if "?" in bare else "?"
        query = joint + urlencode(texts, safe=":/", quote_via=quote) if texts else ""
        return f"{self.root}{bare}{query}{mark}{fragment}"

    def to(self, iri: str) -> str | None:
        """Return the address of a link to a thing: its document, if it is local."""
        if iri.startswith(VOCAB) and "#" in iri:
            return self.at(address_of(iri))
        path = path_of(iri, self.base)
        if path is None or path.startswith(_LINKED):
            return path
        return self.at(path.replace("/id/", "/doc/", 1))

    def inward(self, iri: str) -> str:
        """Return the address at which this server describes an external thing."""
        return self.at(address_of(iri))

    def here(self, iri: str) -> str | None:
        """Return the address at which this server describes a thing, its own or an external one."""
        return self.to(iri) if iri.startswith(f"{self.base}/") else self.inward(iri)

    def picture(self, iri: str, url: str, size: str = "") -> str | None:
        """Return the address here of the picture of a medium, which is at `url`.

        None where its host is not allowed, so that a page has a link to `url` instead.
        """
        key = picture_address.key_of(iri)
        if key is None or self.pictures is None or not self.pictures.allows(url):
            return None
        return f"{self.root}{picture_address.PATH}/{key}{size and f'?size={size}'}"

    def territory(self, iri: str) -> str | None:
        """Return the name of a country or a region of the UN in the language of the page.

        It is that of Unicode CLDR, for the languages in which the graph has no name.
        """
        kind, _, code = iri.removeprefix(f"{self.base}/id/").partition("/")
        return territory(code, self.words.locale) if kind in {"country", "area"} else None

    def canonical(self) -> str:
        """Return the address of this page without a language."""
        return self.root + self._with(self.query)

    @property
    def is_short(self) -> bool:
        """Whether the address of this page is short enough to repeat it for each language."""
        return len(self.canonical()) <= _SHORT

    def languages(self) -> list[tuple[str, str, str]]:
        """Return the languages of this page: the tag, its own name, the address."""
        return [
            (tag, name_of(tag), self.root + self._with((*self.query, ("lang", tag))))
            for tag in LANGUAGES
        ]

    def _with(self, query: tuple[tuple[str, str], ...]) -> str:
        path = encoded(self.path)
        return f"{path}?{urlencode(query, safe=':/', quote_via=quote)}" if query else path
