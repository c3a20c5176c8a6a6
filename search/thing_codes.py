"""The codes by which things are known: their IRIs, and those of the UN, Wikidata and GeoNames.

People write them in many ways: `SDG 11`, `목표 11`, `target 11.2`, the address of a page of
Wikidata instead of the IRI of the thing. A document has its codes in one spelling, and a query is
read into that spelling.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from urbansdg.ontology.namespaces import PROJECT, SDG
from urbansdg.search.text_units import normalised

_WIKIDATA: Final = re.compile(
    r"https?://(?:www\.|m\.)?wikidata\.org/(?:entity|wiki)/(?:\w+:)?(q\d+)"
)
_GEONAMES: Final = re.compile(r"https?://(?:sws\.|www\.)?geonames\.org/(\d+)(?:/.*)?")
_UN: Final = re.compile(r"https?://metadata\.un\.org/sdg/(?:codes/geoarea/)?([0-9a-z.]+)")
_THING: Final = re.compile(r".*/id/[^/?#]+/([^/?#]+)")
_IRI: Final = re.compile(
    r"<?((?:https?://|urn:|wd:|sdg:)[^\s<>\"]+?)[>,;)]*(?=\s|$)", re.IGNORECASE
)
_PREFIXED: Final = {
    "wd:": "http://www.wikidata.org/entity/",
    "sdg:": str(SDG),
}
_GOAL_WORDS: Final = (
    *("sdgs", "sdg", "goals", "goal", "targets", "target", "indicators", "indicator"),
    *("ods", "odd", "objectifs", "objectif", "objetivos", "objetivo", "cible", "meta", "metas"),
    *("cibles", "indicateur", "indicador", "цур", "цель", "цели", "задача", "показатель"),
    *("목표", "세부목표", "세부 목표", "지표", "目標"),
    *("可持续发展目标", "目标", "具体目标", "指标"),
    *("الهدف", "هدف", "الغايه", "غايه", "المؤشر", "موشر", "ذكا", "ziel", "doelstelling"),
)
_CODED: Final = re.compile(
    rf"(?<![^\W_])(?:({'|'.join(sorted(map(normalised, _GOAL_WORDS), key=len, reverse=True))})"
    r"[\s:#№-]*)?(\d{1,2}(?:\.[0-9a-z]{1,2}){0,2})(?![^\W_]|\.\w)"
)
_LAST_GOAL: Final = 17
_IDENTIFIER: Final = re.compile(r"q\d{1,12}|\d{5,12}|[a-z]{5}|[a-z]{2,3}|[a-z]{2}-[a-z0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class QueryCodes:
    """The codes in a query: for each, its spellings; and the text without them.

    `whole` are the spellings of the query as a whole: a query may be just a code.
    """

    codes: tuple[tuple[str, ...], ...]
    rest: str
    whole: tuple[str, ...]


def codes_of_iri(iri: str, base: str) -> Iterator[str]:
    """Yield the codes of an IRI of a thing, as documents have them."""
    folded = iri.casefold()
    yield folded
    if "%" in iri:
        yield unquote(iri).casefold()
    for pattern in (_WIKIDATA, _GEONAMES, _UN):
        match = pattern.fullmatch(folded)
        if match:
            yield match[1]
    match = _THING.fullmatch(folded)
    if match and folded.startswith((base.casefold(), PROJECT)):
        yield unquote(match[1])


def codes_of_notation(notation: str) -> Iterator[str]:
    """Yield the codes of a notation, none of one without letters: `11.02` is `11.2` as well."""
    folded = normalised(notation.strip())
    if not folded:  # such as one of accents only
        return
    yield folded
    if re.fullmatch(r"\d+(?:\.[0-9a-z]+)+", folded):
        yield _without_zeros(folded)


def codes_in(query: str) -> QueryCodes:
    """Return the codes in a query, and what is left of it."""
    codes = list[tuple[str, ...]]()

    def take_iri(match: re.Match[str]) -> str:
        codes.append(tuple(dict.fromkeys(_spellings(match[1]))))
        return " "

    def take_code(match: re.Match[str]) -> str:
        prefix, code = match[1], match[2]
        if prefix is None and "." not in code:
            return match[0]  # a number, such as an amount: it is a word
        if int(code.partition(".")[0]) > _LAST_GOAL:
            return match[0]
        codes.append(_of_code(code))
        return " "

    rest = normalised(_IRI.sub(take_iri, query))
    whole = rest.strip()
    rest = _CODED.sub(take_code, rest)
    spellings: tuple[str, ...] = (whole,) if _IDENTIFIER.fullmatch(whole) else ()
    if whole.isdecimal() and 1 <= int(whole[:3]) <= _LAST_GOAL:
        spellings = _of_code(str(int(whole)))
    return QueryCodes(tuple(codes), rest, spellings)


def _of_code(code: str) -> tuple[str, ...]:
    plain = _without_zeros(code)
    return f"{SDG}{plain}".casefold(), plain


def _without_zeros(code: str) -> str:
    """Return a code whose numbers do not begin with 0: `11.2` for `11.02`."""
    return ".".join(part.lstrip("0") or "0" for part in code.split("."))


def _spellings(iri: str) -> Iterator[str]:
    """Yield the IRIs that an address may stand for."""
    folded = unquote(iri).casefold()
    for prefix, space in _PREFIXED.items():
        if folded.startswith(prefix):
            folded = space.casefold() + folded.removeprefix(prefix)
    yield iri.casefold()
    yield folded
    for pattern in (_WIKIDATA, _GEONAMES):
        match = pattern.fullmatch(folded)
        if match:
            yield match[1]
    scheme, _, rest = folded.partition("://")
    bare = rest.removesuffix("/")
    if rest and scheme in {"http", "https"}:
        yield from (f"{way}://{bare}{end}" for way in ("http", "https") for end in ("", "/"))
    if "/doc/" in folded:
        yield folded.replace("/doc/", "/id/", 1).removesuffix(".html")
