"""The page of a document: the page of its kind of thing, else the generic page."""

from collections.abc import Callable
from typing import Final

from urbansdg.endpoint.html.page_layout import Crumbs, forms_at, framed
from urbansdg.endpoint.html.page_values import path_of
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import Document
from urbansdg.endpoint.pages.things import city_page, goal_page, policy_page
from urbansdg.endpoint.pages.things.page_facts import PageFacts, shortened
from urbansdg.endpoint.pages.things.sort_order import code_of
from urbansdg.endpoint.pages.things.statement_tables import statements
from urbansdg.endpoint.pages.things.thing_names import kind_of, owner_of
from urbansdg.ontology.kinds_of_things import (
    CITY,
    COUNTRY,
    GOAL,
    KINDS,
    NETWORK,
    ORGANISATION,
    POLICY,
)
from urbansdg.ontology.namespaces import SDG, VOCAB

Maker = Callable[[PageFacts], dict[str, object]]
_GENERIC: Final = "document.html.jinja"
_PAGE_MAKERS: Final[tuple[tuple[str, str, Maker], ...]] = (
    (POLICY.term, policy_page.TEMPLATE, policy_page.policy_page),
    (CITY.term, city_page.TEMPLATE, city_page.city_page),
    (GOAL.term, goal_page.TEMPLATE, goal_page.goal_page),
    ("sdgo:Target", goal_page.TEMPLATE, goal_page.target_page),
)
_LISTS: Final = (POLICY, CITY, GOAL, NETWORK, ORGANISATION, COUNTRY)
"""Kinds by their class, the narrower first: a network is an organisation too."""


def thing_page(document: Document, site: SiteLinks, version: int) -> bytes:
    """Return the page of a document, in HTML and UTF-8."""
    facts = PageFacts(document, site)
    iri, facts_here = document.iri, facts.about.get(document.iri, {})
    template, fields_of_kind = _page_of_kind(facts)
    kind = kind_of(facts, iri)
    fields: dict[str, object] = {
        "facts": facts,
        "title": facts.link(iri),
        "kind": facts.link(kind).text if kind else None,
        "told": frozenset(map(shortened, facts_here)),
        "is_fictitious": facts.raw(iri, "usdg:fictitious") == "true",
        "doc": statements(facts),
        "vocabulary": _vocabulary(site, iri),
    }
    forms = forms_at(site, site.canonical().removeprefix(site.root))
    crumbs = _crumbs(facts)
    return framed(
        template, site, crumbs=crumbs, forms=forms, version=version, **fields | fields_of_kind
    )


def _page_of_kind(facts: PageFacts) -> tuple[str, dict[str, object]]:
    for kind, template, make in _PAGE_MAKERS:
        if facts.is_a(facts.iri, kind):
            return template, make(facts)
    if facts.iri.startswith(VOCAB) and facts.is_a(facts.iri, "skos:Concept"):
        return goal_page.TEMPLATE, goal_page.theme_page(facts)
    return _GENERIC, {}


def _vocabulary(site: SiteLinks, iri: str) -> str | None:
    """Return the address of the definition of a concept of this project."""
    return site.at(path_of(iri, site.base) or "/") if iri.startswith(VOCAB) else None


def _crumbs(facts: PageFacts) -> Crumbs:
    site, iri = facts.site, facts.iri
    code = code_of(iri)
    if code and "." in code:
        over = facts.coded(f"{SDG}{code.partition('.')[0]}")
        return ((site.words("goals"), site.at("/goals")), (over.text, over.href or "/"))
    if iri.startswith(f"{VOCAB}theme#"):
        return ((site.words("themes"), site.at("/themes")),)
    for kind in _LISTS:
        if facts.is_a(iri, kind.term):
            return ((site.words(kind.plural), site.at(f"/{kind.plural}")),)
    owner = owner_of(facts, iri)
    if owner is not None:
        of = facts.link(owner)
        lists = (kind for kind in KINDS if owner.startswith(f"{site.base}/id/{kind.name}/"))
        above = [(site.words(kind.plural), site.at(f"/{kind.plural}")) for kind in lists][:1]
        return (*above, (of.text, of.href or "/"))
    return ((site.words("dataset"), site.at("/dataset")),)
