"""The preview of an entity: a small page for a frame of a client (section 5)."""

from dataclasses import dataclass
from typing import Any, Final

from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.locale_formats import rounded, whole
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import PageValue, cut, plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.reconcile.data_extension import DataExtension
from urbansdg.endpoint.reconcile.entity_properties import properties_of
from urbansdg.endpoint.reconcile.entity_reader import EntityReader
from urbansdg.ontology.namespaces import PREFIXES

POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
"""Any site may frame a preview, and no other page: it has neither forms nor data of a reader."""

_MOST_FACTS: Final = 4
_MOST_VALUES: Final = 3
_LONGEST: Final = 90
_LEFT_OUT: Final = frozenset(
    PREFIXES[prefix] + name
    for prefix, name in (
        *(("skos", "prefLabel"), ("skos", "notation"), ("schema", "sameAs"), ("usdg", "currency")),
        *(("usdg", name) for name in ("country", "leadCity", "shortName", "isoAlpha3")),
        *(("geo", "lat"), ("geo", "long"), ("foaf", "homepage"), ("dcterms", "source")),
    )
)
"""What the name and the description have already, or what nobody reads in a preview."""


@dataclass(frozen=True, slots=True)
class PreviewFact:
    """A line of a preview: the name of a property, and its first values."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class EntityPreview:
    """Makes previews for a reader."""

    reader: EntityReader
    preference: LanguagePreference
    site: SiteLinks

    def page(self, iri: str) -> bytes:
        """Return the page."""
        types = self.reader.types(iri)
        return framed(
            "preview.html.jinja",
            self.site,
            name=self._name(iri),
            kinds=[self.site.words(it.word) for it in types],
            description=self.reader.description(iri, self.preference),
            facts=self._facts(iri),
        )

    def _name(self, iri: str) -> PageValue:
        """Return the name as a link to the page of the entity here."""
        language = self.site.words.marked(self.reader.language(iri, self.preference))
        return PageValue(self.reader.name(iri, self.preference), self.site.here(iri), language)

    def _facts(self, iri: str) -> list[PreviewFact]:
        extension = DataExtension(self.reader, self.preference, self.site.words)
        facts = []
        for known in properties_of(self.reader.types(iri)):
            if known.iri not in _LEFT_OUT:
                values = extension.values(iri, known)
                if values:
                    facts.append(PreviewFact(extension.name(known), self._text(values)))
            if len(facts) == _MOST_FACTS:
                break
        return facts

    def _text(self, values: list[dict[str, Any]]) -> str:
        texts = [self._as_text(value) for value in values[:_MOST_VALUES]]
        return cut(" · ".join(texts) + (" …" if len(values) > _MOST_VALUES else ""), _LONGEST)

    def _as_text(self, value: dict[str, Any]) -> str:
        locale = self.site.words.locale
        if "int" in value:
            number = value["int"]
            return whole(number, locale) if number >= _FIRST_GROUPED else str(number)
        if "float" in value:
            return rounded(value["float"], locale)
        return plain(str(value.get("name") or value.get("str") or value.get("date", "")))


_FIRST_GROUPED: Final = 10_000
"""Smaller integers may be years, which are written without separators."""
