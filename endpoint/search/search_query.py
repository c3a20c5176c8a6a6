"""A search as a SPARQL query: what "As SPARQL" opens, and what lists ask without an index.

The query has the meaning of the facets exactly, so that its rows are those of the list. Words are
sought as they are written: spelling mistakes are forgiven by the index only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.search.facet_reader import OTHER_KINDS, FacetReader
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.search.facets import KIND_CLASSES, PARTS, SPARQL_PATHS, TERM_CLASSES, THEMES

_NAMED_BY: Final = ("skos:prefLabel", "dcterms:title", "rdfs:label", "foaf:name", "usdg:shortName")
_LINKED_NAMES: Final = ("skos:prefLabel", "dcterms:title", "skos:altLabel", "usdg:shortName")
_MOST_WORDS: Final = 8
_CONDITIONS: Final = frozenset({"kind", "has", "language"})
"""The facets that are conditions on things which other patterns bind."""

_PREFIXES: Final = (
    *("dcterms", "foaf", "org", "owl", "qb", "rdf", "rdfs", "sdg", "sdgo", "skos", "usdg", "xsd"),
)


_OF_CITIES: Final = SPARQL_PATHS["city"]
_PATHS_OF_KINDS: Final = {
    "policy": {
        "country": f"{_OF_CITIES}/usdg:country",
        "region": f"{_OF_CITIES}/usdg:country/usdg:withinArea+",
    },
    "city": {"country": "usdg:country", "region": "usdg:country/usdg:withinArea+"},
    "country": {"region": "usdg:withinArea+"},
}
"""The paths to places of things of one kind: Virtuoso finds nothing by optional steps of a path."""


_NAMED: Final = f"{{ SELECT DISTINCT ?thing WHERE {{ ?thing {'|'.join(_NAMED_BY)} ?anyName }} }}"
"""Things with a name, each once: one with 3,000 names would else be sorted by 9,000,000 of them."""

_NO_PART: Final = 'FILTER(!REGEX(STR(?thing), "^https?://[^?#]+/id/[^/?#]+/[^/?#]+[/#]."))'
"""Parts of things, such as a phase of a policy, have no page of their own, and are no results."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """The things that have some words and some values of facets, of one kind or of several."""

    words: str
    filters: Mapping[str, Sequence[str]]
    reader: FacetReader

    def text(self, language: str, *, size: int | None = None, offset: int = 0) -> str:
        """Return the query for the things and their names, by name in a language, else in English.

        Things of the example come after real ones. The sorting is outside of the grouping: Virtuoso
        cannot sort by an expression on MIN.
        """
        wish = Literal(language)
        limit = "" if size is None else f"LIMIT {size} OFFSET {offset}\n"
        where = "\n".join(f"    {line}" for line in self._where())
        return _with_prefixes(f"""\
SELECT ?thing (SUBSTR(?key, 2) AS ?name) WHERE {{
  {{ SELECT ?thing (MIN(?ranked) AS ?key) WHERE {{
{where}
    OPTIONAL {{
      ?thing {"|".join(_NAMED_BY)} ?label .
      BIND(CONCAT(IF(LANG(?label) = {wish}, "0", IF(LANG(?label) = "en", "1", "2")),
        LCASE(STR(?label))) AS ?ranked)
    }}
  }} GROUP BY ?thing }}
  OPTIONAL {{ ?thing usdg:fictitious ?fictitious FILTER(?fictitious) }}
}}
ORDER BY BOUND(?fictitious) (SUBSTR(?key, 2)) ?thing
{limit}""")

    def total(self) -> str:
        """Return the query for the number of things, `?total`."""
        where = "\n".join(f"  {line}" for line in self._where())
        return _with_prefixes(f"SELECT (COUNT(DISTINCT ?thing) AS ?total) WHERE {{\n{where}\n}}\n")

    def unordered(self, *, size: int | None = None, offset: int = 0) -> str:
        """Return the query for the things in the order of the store, which is quick."""
        where = "\n".join(f"  {line}" for line in self._where())
        limit = "" if size is None else f"LIMIT {size} OFFSET {offset}\n"
        return _with_prefixes(f"SELECT DISTINCT ?thing WHERE {{\n{where}\n}}\n{limit}")

    def _where(self) -> Iterator[str]:
        """Yield the patterns of the things.

        Engines begin with the class, of which there may be 100,000 things, where it is a pattern
        beside others: as a condition it is looked up for the few things that the others leave.
        """
        kinds = " ".join(_of_kinds(self.filters.get("kind", ())))
        begins_elsewhere = bool(self.words) or not _CONDITIONS.issuperset(self.filters)
        yield f"FILTER EXISTS {{ {kinds} }}" if begins_elsewhere else kinds
        yield "FILTER(isIRI(?thing))"
        if set(self.filters.get("kind", OTHER_KINDS)) & set(OTHER_KINDS):
            yield _NO_PART
        for facet, codes in self.filters.items():
            yield from self._of_facet(facet, codes)
        for number, word in enumerate(self.words.split()[:_MOST_WORDS], 1):
            yield from _with_word(number, word)

    def _of_facet(self, facet: str, codes: Sequence[str]) -> Iterator[str]:
        if facet == "has":
            yield from (
                f"FILTER EXISTS {{ ?thing {_short(PARTS[part])} ?{part} }}" for part in codes
            )
        elif facet == "language":
            tags = ", ".join(str(Literal(tag)) for tag in codes)
            yield f"FILTER EXISTS {{ ?thing ?any ?text FILTER(LANG(?text) IN ({tags})) }}"
        elif facet == "period":
            yield from _in_decades(codes)
        elif facet != "kind":
            iris = [iri for code in codes if (iri := self.reader.iri(facet, code)) is not None]
            values, path = " ".join(map(_short, iris)), self._path(facet)
            if len(iris) == 1:
                yield f"?thing {path} {values} ."
            else:
                yield f"?thing {path} ?{facet} . VALUES ?{facet} {{ {values} }}"

    def _path(self, facet: str) -> str:
        """Return the path to the values of a facet, the shorter one of a single kind."""
        kinds = self.filters.get("kind", ())
        paths = _PATHS_OF_KINDS.get(kinds[0], {}) if len(kinds) == 1 else {}
        return paths.get(facet, SPARQL_PATHS[facet])


def _with_prefixes(text: str) -> str:
    used = [name for name in _PREFIXES if f"{name}:" in text]
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + text


def _short(iri: str) -> str:
    """Return an IRI with a prefix where its local name is plain, else between angle brackets."""
    for name in _PREFIXES:
        local = iri.removeprefix(PREFIXES[name])
        if local != iri and local.isascii() and local.isalnum():
            return f"{name}:{local}"
    return str(NamedNode(iri))


def _of_kinds(codes: Sequence[str]) -> Iterator[str]:
    patterns = [_of_kind(code) for code in codes]
    if not patterns:
        yield _NAMED
    elif len(patterns) == 1:
        yield patterns[0]
    else:
        yield " UNION ".join(f"{{ {pattern} }}" for pattern in patterns)


def _of_kind(code: str) -> str:
    if code == "theme":
        return f"?thing a skos:Concept ; skos:inScheme <{THEMES}> ."
    if code not in OTHER_KINDS:
        return f"?thing a {_short(KIND_CLASSES[code])} ."
    others = " ".join(_short(iri) for kind, iri in KIND_CLASSES.items() if kind != "theme")
    none = f"FILTER NOT EXISTS {{ ?thing a ?listed VALUES ?listed {{ {others} }} }}"
    if code == "concept":
        scheme = f"FILTER NOT EXISTS {{ ?thing skos:inScheme <{THEMES}> }}"
        return f"?thing a skos:Concept . {none} {scheme}"
    classes = " ".join(map(_short, TERM_CLASSES))
    if code == "term":
        return f"?thing a ?class . VALUES ?class {{ {classes} }} {none}"
    vocabulary = f"FILTER NOT EXISTS {{ ?thing a ?term VALUES ?term {{ {classes} skos:Concept }} }}"
    return f"{_NAMED} {none} {vocabulary}"


def _in_decades(codes: Sequence[str]) -> Iterator[str]:
    spans = (f"?last >= {code[:4]} && ?first <= {code[:3]}9" for code in codes)
    yield "?thing usdg:implementationPeriod ?period . ?period usdg:startYear ?start ."
    yield "OPTIONAL { ?period usdg:endYear ?end }"
    yield "BIND(xsd:integer(STR(?start)) AS ?first)"
    yield "BIND(xsd:integer(STR(COALESCE(?end, ?start))) AS ?last)"
    yield f"FILTER({' || '.join(f'({span})' for span in spans)})"


def _with_word(number: int, word: str) -> Iterator[str]:
    """Yield the pattern of things with a word in a text of their own, or in a linked name.

    The texts are read once for a word: a filter for each thing would read them thing by thing.
    """
    text = f"?text{number}"
    contains = f"FILTER(isLiteral({text}) && CONTAINS(LCASE(STR({text})), {Literal(word.lower())}))"
    yield "{ SELECT DISTINCT ?thing WHERE {"
    yield f"  {{ ?thing ?property {text} ."
    yield f"    {contains} }} UNION"
    yield f"  {{ ?other {'|'.join(_LINKED_NAMES)} {text} . ?thing ?link ?other ."
    yield f"    {contains} }}"
    yield "} }"
