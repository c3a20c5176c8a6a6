"""Names for things that have none: budgets, claims and other parts, observations, opinions.

Such a name is made of the kind of the thing, of what distinguishes it from others of its kind, and
of the name of its owner: "Budget 2020 (approved) of Night buses". Shapes require no names of parts,
and nobody would write them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from urbansdg.endpoint.html.page_values import plain
from urbansdg.ontology.namespaces import PREFIXES, SDG

if TYPE_CHECKING:
    from urbansdg.endpoint.html.interface_texts import InterfaceTexts
    from urbansdg.endpoint.pages.things.page_facts import PageFacts

_YEARS: Final = ("usdg:year", "sdmx-dimension:refPeriod")
_CODES: Final = ("usdg:target", "usdg:goal")
_DETAILS: Final = (
    *("usdg:role", "usdg:organisation", "org:organization", "usdg:obstacleKind"),
    *("usdg:periodKind", "usdg:status", "usdg:statementKind", "usdg:staffRole", "usdg:originCity"),
    *("usdg:budgetStage", "dcat:startDate", "usdg:startYear", "dcterms:date", "dcterms:created"),
)
_TEXTS: Final = ("dcterms:description", "rdf:value")
_KEYS: Final = {
    "budget": "budget",
    "staffing": "staff",
    "stakeholder": "stakeholders",
    "phase": "phases",
    "period": "period",
    "status": "status",
    "obstacle": "obstacle",
    "plan": "answer",
    "outcome": "outcomes",
    "claim": "claims",
    "transfer": "lineage",
    "population": "population",
    "membership": "memberships",
    "goal": "city_goals",
    "statement": "statements",
}
"""The texts for parts by the third segment of their paths."""

_MOST: Final = 2
_EXCERPT: Final = 60
_PARTS_OF: Final = 2
"""The segments of the path of a thing that is no part: its kind and its key."""


def kind_of(facts: PageFacts, iri: str) -> str | None:
    """Return the class of a thing: one of this project before those of other vocabularies."""
    kinds = facts.things(iri, "rdf:type")
    own = (kind for kind in kinds if kind.startswith(PREFIXES["usdg"]))
    return next(own, kinds[0] if kinds else None)


def owner_of(facts: PageFacts, iri: str) -> str | None:
    """Return the thing that a part belongs to, by its IRI; of an opinion, the thing it is on."""
    start = f"{facts.site.base}/id/"
    segments = iri.removeprefix(start).split("/") if iri.startswith(start) else []
    if len(segments) > _PARTS_OF:
        return start + "/".join(segments[:_PARTS_OF])
    return facts.thing(iri, "oa:hasTarget")


def generated_name(facts: PageFacts, iri: str) -> str | None:
    """Return a name for a thing without one, in the reader's language, None for an unknown kind.

    The owner is left out on its own page.
    """
    office = facts.raw(iri, "vcard:fn")
    if office:
        return plain(office)
    version = facts.raw(iri, "usdg:versionNumber") or _version(facts, iri)
    if version and not _is_part(facts, iri):
        return facts.site.words("version_of", n=version)
    graph = iri.removeprefix(f"{facts.site.base}/graph/")
    if graph != iri:
        return facts.site.words("graph_called", n=plain(graph))
    kind = kind_of(facts, iri)
    part = _by_path(facts, iri) if kind is None else _part(facts, iri, kind)
    owner = owner_of(facts, iri)
    if part is None or owner is None or owner == facts.iri:
        return part
    name = facts.site.reader.choose(facts.names.get(owner, ()))
    named = plain(name.value) if name else _version_text(facts, owner)
    if not named:
        return part
    words = facts.site.words
    return words("name_of_part", part=_isolated(part, words), owner=_isolated(named, words))


def _part(facts: PageFacts, iri: str, kind: str) -> str:
    indicator = facts.thing(iri, "usdg:indicator") if facts.is_a(iri, "qb:Observation") else None
    text = facts.link(indicator or kind).text
    years = [facts.first(iri, name) for name in _YEARS]
    year = next((f" {value.text}" for value in years if value), "")
    codes = (facts.thing(iri, name) for name in _CODES)
    details = [code.removeprefix(str(SDG)) for code in codes if code]
    for name in _DETAILS:
        details += [value.text for value in facts.values(iri, name)[:1]]
    if not details and not year:
        texts = (facts.text(iri, name) for name in _TEXTS)
        details = [_excerpt(value.text) for value in texts if value]
    beside = f" ({', '.join(details[:_MOST])})" if details else ""
    return f"{text[:1].upper()}{text[1:]}{year}{beside}"


def _by_path(facts: PageFacts, iri: str) -> str | None:
    """Return a name for a part of which the document has the IRI only, from its last segments."""
    segments = iri.removeprefix(f"{facts.site.base}/id/").split("/")
    key = _KEYS.get(segments[_PARTS_OF]) if len(segments) > _PARTS_OF + 1 else None
    return f"{facts.site.words(key)} ({plain(unquote(segments[-1]))})" if key else None


def _isolated(text: str, words: InterfaceTexts) -> str:
    """Return a text that keeps its direction in a text from right to left (Unicode, UAX 9)."""
    return f"\u2068{text}\u2069" if words.direction == "rtl" else text


def _excerpt(text: str) -> str:
    if len(text) <= _EXCERPT:
        return text
    return f"{text[:_EXCERPT].rpartition(' ')[0] or text[:_EXCERPT]}…"


def _is_part(facts: PageFacts, iri: str) -> bool:
    return iri.removeprefix(f"{facts.site.base}/id/").count("/") >= _PARTS_OF


def _version(facts: PageFacts, iri: str) -> str:
    """Return the number in the IRI of a version, "" for another thing."""
    number = iri.removeprefix(f"{facts.site.base}/id/version/").partition("/")[0]
    return number if number.isdecimal() and len(number) < len(iri) else ""


def _version_text(facts: PageFacts, iri: str) -> str:
    number = _version(facts, iri)
    return facts.site.words("version_of", n=number) if number else ""
