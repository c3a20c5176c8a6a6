"""The names of things: every thing has one, in the reader's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import NamedNode

from urbansdg.endpoint.html.language_lookup import LanguagePreference, local_name
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import NameCache, describe
from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.store import GraphStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.endpoint.pages.conftest import See, Seen

_NIGHT = "policy/example-haneul-night-buses"


def _heading(page: Seen) -> str:
    (heading,) = re.findall(r"<h1[^>]*>([^<]*)</h1>", page.page)
    return str(heading)


@pytest.mark.long
def test_every_thing_of_the_graph_has_a_title_that_is_no_slug(bundled: Path) -> None:
    """No page of a thing of this installation is titled by the last segment of its address."""
    store = GraphStore.open(bundled)
    graph = store.read(store.current())
    site, names = SiteLinks(store.base, LanguagePreference("ko")), NameCache(graph)
    subjects = (quad.subject for quad in graph.quads_for_pattern(None, None, None, None))
    ours = {node.value for node in subjects if isinstance(node, NamedNode)}
    ours = {iri for iri in ours if iri.startswith(f"{store.base}/")}
    assert len(ours) > 1_000
    slugs = []
    for iri in sorted(ours):
        document = describe(graph, iri, names=names)
        assert document is not None
        facts = PageFacts(document, site)
        title = facts.link(iri).text
        if title in {local_name(iri), ""} and not facts.names.get(iri):
            slugs.append(iri)
    assert slugs == []


@pytest.mark.parametrize(
    ("address", "language", "title"),
    [
        (f"{_NIGHT}/budget/total", "en", "Budget 2016 (planned) of Night buses for Haneul"),
        (
            f"{_NIGHT}/budget/total",
            "ko",
            "Night buses for Haneul (fictitious)의 예산 2016년 (계획)",
        ),
        (
            "policy/2761369-annual-ticket/stakeholder/stadt-wien-lead",
            "fr",
            "(organisme responsable, Stadt Wien) \u2013 365-Euro-Jahreskarte",
        ),
        ("policy/2158177-urban-forest/claim/15.5", "en", "Target claim (15.5, November 23, 2026)"),
        ("city/658225/population/2019", "en", "Population 2019 of Helsinki"),
        ("city/658225/population/2019", "zh", "赫尔辛基的人口 2019年"),
        ("country/GEO/extent", "es", "Posición \u2013 Georgia"),
        ("contact/example-bada-office", "ru", "Partnership office of Bada (fictitious)"),
        ("opinion/example-2", "en", "of Night buses for Haneul (fictitious)"),
        ("version/1", "en", "Version 1 of the graph"),
        ("version/1/activity", "en", "of Version 1 of the graph"),
    ],
)
def test_a_thing_without_a_name_is_named_by_kind_details_and_owner(
    see: See, address: str, language: str, title: str
) -> None:
    """The generated name has the kind, the year, a detail or two, and the owner."""
    heading = _heading(see(f"/doc/{address}?lang={language}"))
    assert title.casefold() in heading.casefold()


def test_a_page_of_a_part_leads_up_to_its_owner(see: See) -> None:
    """The breadcrumbs of a part have the list of the kind of its owner, and the owner."""
    page = see(f"/doc/{_NIGHT}/budget/total")
    (crumbs,) = re.findall(r'<nav class="crumbs".*?</nav>', page.page, re.DOTALL)
    assert crumbs.index("/policies") < crumbs.index(f"/doc/{_NIGHT}")


def test_a_part_of_which_the_document_has_no_statements_is_named_by_its_path(see: See) -> None:
    """A budget that another one is part of is a link with its kind, not its last segment alone."""
    page = see(f"/doc/{_NIGHT}/budget/total")
    assert page.links["Budget (vehicles) of Night buses for Haneul (fictitious)"].endswith(
        "/vehicles"
    )


def test_a_generated_name_keeps_its_direction_in_arabic(see: See) -> None:
    """In a page from right to left, the parts of a generated name are isolated."""
    heading = _heading(see("/doc/city/658225/population/2019?lang=ar"))
    assert heading.count("\u2068") == heading.count("\u2069") == 2


@pytest.mark.parametrize(
    ("address", "language", "title"),
    [
        ("/ontology", "ko", "온톨로지"),
        ("/shapes", "fr", "Règles des données (SHACL)"),
        ("/vocab/theme", "ko", "주제"),
    ],
)
def test_a_vocabulary_is_titled_in_the_language_of_the_reader(
    see: See, address: str, language: str, title: str
) -> None:
    """The page of a vocabulary has its title, and the headings of its rows, in that language."""
    page = see(f"{address}?lang={language}")
    assert _heading(page) == title
    assert "Used with" not in page.text
