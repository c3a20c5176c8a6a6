"""The page of a document: the page of its kind of thing, else the generic page."""

from collections.abc import Callable
from typing import Final

from urbansdg.endpoint.html.page_layout import Crumbs, forms_at, framed
from urbansdg.endpoint.html.page_values import path_of
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import Document
from urbansdg.endpoint.linked_data.schema_org import page_description
from urbansdg.endpoint.pages.overviews.overview_subject import subject_of
from urbansdg.endpoint.pages.overviews.policy_overview import PolicyOverview
from urbansdg.endpoint.pages.overviews.table_view import TableView
from urbansdg.endpoint.pages.things import city_page, goal_page, place_page, policy_page
from urbansdg.endpoint.pages.things.drawings.topic_figures import topic_figures
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.endpoint.pages.things.policy_table import table_of
from urbansdg.endpoint.pages.things.sort_order import code_of
from urbansdg.endpoint.pages.things.statement_tables import statements
from urbansdg.endpoint.pages.things.thing_names import kind_of, owner_of
from urbansdg.endpoint.pages.things.version_facts import VersionFacts
from urbansdg.ontology.kinds_of_things import (
    CITY,
    COUNTRY,
    GOAL,
    KINDS,
    NETWORK,
    ORGANISATION,
    POLICY,
)
from urbansdg.ontology.namespaces import SDG, VOCAB, shortened

Maker = Callable[[PageFacts], dict[str, object]]
_GENERIC: Final = "document.html.jinja"
_PAGE_MAKERS: Final[tuple[tuple[str, str, Maker], ...]] = (
    (POLICY.term, policy_page.TEMPLATE, policy_page.policy_page),
    (CITY.term, city_page.TEMPLATE, city_page.city_page),
    (GOAL.term, goal_page.TEMPLATE, goal_page.goal_page),
    ("sdgo:Target", goal_page.TEMPLATE, goal_page.target_page),
    ("sdgo:Indicator", place_page.INDICATOR, place_page.indicator_page),
    ("usdg:CityIndicator", place_page.INDICATOR, place_page.indicator_page),
    *(
        (kind, place_page.TEMPLATE, place_page.place_page)
        for kind in ("usdg:Country", "usdg:StatisticalArea", "usdg:Region", "org:Organization")
    ),
)
_LISTS: Final = (POLICY, CITY, GOAL, NETWORK, ORGANISATION, COUNTRY)
"""Kinds by their class, the narrower first: a network is an organisation too."""


def thing_page(
    document: Document,
    site: SiteLinks,
    version: int,
    *,
    beside: VersionFacts | None = None,
    overview: PolicyOverview | None = None,
    view: TableView | None = None,
) -> bytes:
    """Return the page of a document, in HTML and UTF-8.

    `beside` is what the figures of the page read of the version; without it they are left out.
    `overview` is of the policies on the thing, for the kinds that have one; `view` chooses the rows
    of its table. The document has the names of the things in the overview.
    """
    facts = PageFacts(document, site, version=beside)
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
        "json_ld": page_description(document, site.words.language)
        if facts.is_a(iri, POLICY.term, CITY.term)
        else None,
        "overview": overview,
        "figures": topic_figures(facts, overview) if overview else None,
        "policies": table_of(overview, facts, view or TableView()) if overview else None,
        "every_policy": None if overview else _list_of(document, site),
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


def _list_of(document: Document, site: SiteLinks) -> str:
    """Return the address of the list of the policies on a thing."""
    subject = subject_of(document.iri, document.own)
    narrowed = subject.filter if subject is not None else None
    return site.at("/policies", **dict([narrowed] if narrowed else []))


def _vocabulary(site: SiteLinks, iri: str) -> str | None:
    """Return the address of the definition of a concept of this project."""
    return site.at(path_of(iri, site.base) or "/") if iri.startswith(VOCAB) else None


def _crumbs(facts: PageFacts) -> Crumbs:
    site, iri = facts.site, facts.iri
    code = code_of(iri)
    target = facts.thing(iri, "sdgo:isIndicatorOf")
    if target:
        goal_iri = f"{SDG}{code_of(target).partition('.')[0]}"
        if facts.version is not None:  # an indicator does not name its goal
            facts.names.update(facts.version.names_of((goal_iri,)))
        goal = facts.coded(goal_iri)
        goals = (site.words("goals"), site.at("/goals"))
        own = facts.coded(target)
        return (goals, (goal.text, goal.href or "/"), (own.text, own.href or "/"))
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
