"""The cells of a result for a reader: things by their names, numbers and days in their language."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.language_lookup import local_name, names
from urbansdg.endpoint.html.locale_formats import figure
from urbansdg.endpoint.html.page_values import PageValue, cut, plain
from urbansdg.endpoint.html.preferred_sources import NAMING
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.results.result_table import ResultTable, ResultTerm
from urbansdg.ontology.namespaces import PREFIXES, XSD, shortened
from urbansdg.store import Patterns, ReadableGraph, gathered

_LONGEST: Final = 300
_LONGEST_NAME: Final = 200
_LINKED: Final = ("http://", "https://")
_WKT: Final = f"{PREFIXES['gsp']}wktLiteral"
_LONGEST_GEOMETRY: Final = 60


@dataclass(frozen=True, slots=True)
class ResultCells:
    """The terms of a version as texts and links, for the reader of a site."""

    store: Patterns
    site: SiteLinks

    @classmethod
    def of(cls, store: ReadableGraph, site: SiteLinks, table: ResultTable) -> Self:
        """Return the cells with the names of all things of a table at hand."""
        return cls(gathered(store, _things(table), NAMING, (), NAMING), site)

    def cell(self, term: ResultTerm) -> PageValue:
        """Return a term as it is shown; the text of an unbound variable is empty."""
        if term is None:
            return PageValue("")
        if isinstance(term, NamedNode):
            return self._thing(term)
        if isinstance(term, Literal):
            return self._literal(term)
        return PageValue(cut(plain(str(term)), _LONGEST_NAME))

    def _thing(self, thing: NamedNode) -> PageValue:
        iri = thing.value
        label = self.site.reader.choose(names(self.store, thing))
        is_ours = iri.startswith(f"{self.site.base}/")
        if label is None and not is_ours:  # another site's thing, of which nothing is known here
            href = self.site.to(iri)
            return PageValue(cut(plain(shortened(iri)), _LONGEST_NAME), href, iri=iri)
        href = self.site.here(iri)
        if label is None:
            return PageValue(cut(plain(local_name(iri)), _LONGEST_NAME), href, iri=iri)
        language = self.site.words.marked(label.language)
        return PageValue(cut(plain(label.value), _LONGEST_NAME), href, language, iri)

    def _literal(self, literal: Literal) -> PageValue:
        number = figure(literal, self.site.words.locale)
        if number is not None:
            return PageValue(number)
        datatype = literal.datatype.value
        longest = _LONGEST_GEOMETRY if datatype == _WKT else _LONGEST
        text = cut(plain(literal.value[: longest + 1]), longest)
        if datatype == XSD.anyURI and literal.value.startswith(_LINKED):
            return PageValue(text, self.site.to(literal.value), iri=literal.value)
        language = self.site.words.marked(literal.language)
        return PageValue(text, None, language, is_cut=len(literal.value) > longest)


def _things(table: ResultTable) -> Iterator[str]:
    terms: Iterable[ResultTerm] = (term for row in table.rows for term in row)
    things = dict.fromkeys(term for term in terms if isinstance(term, NamedNode))
    yield from (thing.value for thing in things)
