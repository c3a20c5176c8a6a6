"""The entities that a text identifies by a code: an IRI, `SDG 11`, `11.2.1`, `Q8684`, `KR SEL`.

A code identifies; no name is compared. Texts that only look like one ("Paris" has the form of a
UN/LOCODE) are looked up, and are codes where the graph has them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.reconcile.entity_types import (
    CITY,
    COUNTRY,
    GOAL,
    INDICATOR,
    TARGET,
    TYPES,
    EntityType,
)
from urbansdg.endpoint.reconcile.names.country_hints import CountryNames
from urbansdg.ontology.iris import Iris, geonames, sdg, wikidata
from urbansdg.ontology.namespaces import PREFIXES, SDGO, USDG
from urbansdg.store import ReadableGraph, is_described

_SAME_AS: Final = NamedNode(PREFIXES["schema"] + "sameAs")
_CODE: Final = NamedNode(PREFIXES["skos"] + "notation")
_LOCODE: Final = NamedNode(USDG.unLocode)
_ALPHA: Final = (NamedNode(USDG.isoAlpha2), NamedNode(USDG.isoAlpha3))
_COMPACT: Final = NamedNode(SDGO.SDGCodeCompact)
_IRI: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_KEY: Final = re.compile(r"(?:/?id/)?([a-z][a-z-]{1,30}/[^\s/]{1,200})")
_QID: Final = re.compile(r"(?:wd:|wikidata:)?(Q[1-9]\d{0,11})", re.IGNORECASE)
_GEONAMES: Final = re.compile(r"(?:geonames:)?([1-9]\d{4,9})", re.IGNORECASE)
_UN_LOCODE: Final = re.compile(r"([A-Z]{2})[ -]?([A-Z2-9]{3})")
_ISO: Final = re.compile(r"[A-Z]{2,3}")
_SDG_WORD: Final = (
    r"(?:UN\s*)?(?:SDGs?|ODD|ODS|ЦУР|goals?|targets?|indicators?|objecti(?:f|vo)s?|cibles?|metas?|"
    r"indicat(?:eur|or)e?s?|indicadore?s?|목표|세부목표|지표|目标|具体目标|指标|цель|задача|показатель|"
    r"الهدف|الغاية|المؤشر)[\s:.#№-]*"
)
_SDG: Final = re.compile(
    rf"(?P<word>(?:{_SDG_WORD}){{0,2}})"
    r"(?P<code>C\d{6}|(?:1[0-7]|[1-9])(?:\.(?:\d{1,2}|[a-z])(?:\.\d{1,2})?)?)"
    "(?P<rest>[\\s:.)\u2013\u2014-].*)?",
    re.IGNORECASE | re.DOTALL,
)
_DEPTH: Final = (GOAL, TARGET, INDICATOR)


@dataclass(frozen=True, slots=True)
class CodedEntity:
    """An entity that a text identifies; `is_sure` unless the text may be a name as well."""

    iri: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class EntityCodes:
    """Looks codes up in a version."""

    store: ReadableGraph
    iris: Iris
    countries: CountryNames

    def identified(self, text: str, types: tuple[EntityType, ...]) -> Iterator[CodedEntity]:
        """Yield the entities that a text identifies, of whatever type; `types` is what is asked."""
        text = text.strip()
        yield from self._by_iri(text)
        yield from self._by_sdg_code(text, types)
        yield from self._by_place_code(text, types)

    def _by_iri(self, text: str) -> Iterator[CodedEntity]:
        iris = []
        if _IRI.fullmatch(text):
            iris = [text, text.replace(f"{self.iris.base}/doc/", f"{self.iris.base}/id/", 1)]
        elif match := _KEY.fullmatch(text):
            iris = [f"{self.iris.base}/id/{match[1]}"]
        for iri in dict.fromkeys(iris):
            try:
                node = NamedNode(iri)
            except ValueError:
                continue
            if is_described(self.store, node):
                yield CodedEntity(iri)
            yield from map(CodedEntity, self._subjects(_SAME_AS, node))

    def _by_sdg_code(self, text: str, types: tuple[EntityType, ...]) -> Iterator[CodedEntity]:
        match = _SDG.fullmatch(text)
        if match is None:
            return
        code = match["code"].lower()
        depth = INDICATOR if code.startswith("c") else _DEPTH[code.count(".")]
        is_named = bool(match["word"]) or depth in types
        if depth is GOAL and not is_named:
            return  # a bare number is no goal
        named = [sdg(code.upper() if code.startswith("c") else code)]
        if depth is INDICATOR and not code.startswith("c"):
            named = [*self._subjects(_CODE, Literal(code, datatype=_COMPACT))]
        for iri in named:
            if is_described(self.store, NamedNode(iri)):
                yield CodedEntity(iri, is_sure=not (match["rest"] or "").strip() or is_named)

    def _by_place_code(self, text: str, types: tuple[EntityType, ...]) -> Iterator[CodedEntity]:
        if match := _QID.fullmatch(text):
            page = NamedNode(wikidata(match[1].upper()))
            yield from map(CodedEntity, self._subjects(_SAME_AS, page))
        elif match := _GEONAMES.fullmatch(text):
            yield from map(CodedEntity, self._subjects(_SAME_AS, NamedNode(geonames(match[1]))))
        if match := _UN_LOCODE.fullmatch(text):
            code = Literal(match[1] + match[2])
            for iri in self._subjects(_LOCODE, code):
                yield CodedEntity(iri, is_sure=types == (CITY,))
        if _ISO.fullmatch(text):
            for predicate in _ALPHA:
                for iri in self._subjects(predicate, Literal(text)):
                    yield CodedEntity(iri, is_sure=types in ((COUNTRY,), TYPES))

    def _subjects(self, predicate: NamedNode, value: NamedNode | Literal) -> Iterator[str]:
        quads = self.store.quads_for_pattern(None, predicate, value, None)
        yield from dict.fromkeys(
            quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)
        )
