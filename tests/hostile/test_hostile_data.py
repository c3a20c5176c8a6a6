"""Documents on data that means harm."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from tests.support.page_scripts import scripts_of
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import MOST_INCOMING, describe
from urbansdg.endpoint.pages.things.thing_page import thing_page
from urbansdg.ontology.iris import Iris

Command = Callable[..., subprocess.CompletedProcess[str]]
_BASE = "http://localhost:8000"
_THING = f"{_BASE}/id/city/1"


def _store(*lines: str) -> ox.Store:
    store = ox.Store()
    store.load("\n".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    return store


def _page(store: ox.Store) -> str:
    document = describe(store, _THING)
    assert document is not None
    return thing_page(document, SiteLinks(_BASE, LanguagePreference()), 1).decode()


def test_markup_in_data_is_text_on_a_page() -> None:
    """Markup in a literal, a language's name or an IRI is shown as text, never run."""
    script = "<script>alert(1)</script>"
    page = _page(
        _store(
            f'<{_THING}> <http://www.w3.org/2004/02/skos/core#prefLabel> "{script}"@en .',
            f'<{_THING}> <http://e/?a=\\u0027x\\u0027> "\\" onload=alert(1) x=\\"" .',
        )
    )
    assert scripts_of(page) == []
    assert "&lt;script&gt;" in page
    assert '" onload' not in page


def test_only_web_addresses_become_links() -> None:
    """An IRI of another kind than http or https is text on a page, never a link."""
    page = _page(
        _store(
            f"<{_THING}> <http://e/p> <javascript:alert(1)> .",
            f"<{_THING}> <http://e/p> <data:text/html,x> .",
            f"<{_THING}> <http://e/p> <https://good.example/> .",
        )
    )
    assert 'href="javascript:' not in page
    assert 'href="data:' not in page
    assert 'href="https://good.example/"' in page


def test_the_mentions_of_a_thing_are_bounded_and_counted() -> None:
    """Of many mentions a bounded number is shown, and how many there are is said."""
    lines = [f"<http://e/{number}> <http://e/in> <{_THING}> ." for number in range(3_000)]
    store = _store(f'<{_THING}> <http://e/p> "x" .', *lines)
    document = describe(store, _THING)
    assert document is not None
    assert (len(document.incoming), document.mentions) == (MOST_INCOMING, 3_000)
    assert "500 of 3000 mentions are shown." in _page(store)


def test_parts_that_point_in_a_circle_end() -> None:
    """Parts that point at each other are each told once."""
    store = _store(
        f"<{_THING}> <http://e/p> <{_THING}/a> .",
        f"<{_THING}/a> <http://e/p> <{_THING}/b> .",
        f"<{_THING}/b> <http://e/p> <{_THING}/a> .",
    )
    document = describe(store, _THING)
    assert document is not None
    assert list(document.parts) == [f"{_THING}/a", f"{_THING}/b"]


def test_a_document_follows_blank_nodes() -> None:
    """A document, and its page, has what is said of blank nodes it leads to, in circles too."""
    lines = [
        f"<{_THING}> <http://e/p> _:a .",
        '_:a <http://e/p> "nested" .',
        "_:a <http://e/q> _:b .",
        f"_:b <http://e/q> <{_THING}/part> .",
        "_:b <http://e/q> _:a .",
        f'<{_THING}/part> <http://e/p> "under it" .',
    ]
    store = _store(*lines)
    document = describe(store, _THING)
    assert document is not None
    assert set(document.statements()) == {quad.triple for quad in store}
    page = _page(store)
    assert "nested" in page
    assert "under it" in page


def test_a_path_names_the_iri_that_was_minted_for_it() -> None:
    """A path names the IRI that was minted, letters of other scripts and blanks included."""
    iris = Iris(_BASE)
    minted = iris.thing("policy", "1-plan vélo/서울")
    assert minted == f"{_BASE}/id/policy/1-plan%20vélo%2F서울"
    assert iris.at("/id/policy/1-plan%20v%C3%A9lo%2f%EC%84%9C%EC%9A%B8") == minted


def test_a_thing_with_a_name_of_another_script_is_served(
    graph: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """A graph with such IRIs can be loaded and asked for them."""
    file = tmp_path / "paris.ttl"
    file.write_text(
        "@prefix org: <http://www.w3.org/ns/org#> ."
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        f'<{_BASE}/id/organisation/서울시> a org:Organization ; skos:prefLabel "서울시"@ko .',
        "utf-8",
    )
    assert urbansdg("load", file, "--data-dir", graph).returncode == 0
    query = f"ASK {{ <{_BASE}/id/organisation/서울시> ?p ?o }}"
    assert urbansdg("query", "-", "--data-dir", graph, stdin=query).stdout == "yes\n"


_LONG = "long " * 20_000
_TURNED = "\u202etxt.exe"
_POLICY_IRI = f"{_BASE}/id/policy/1"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_USDG = "https://w3id.org/urbansdg/ontology#"


def _quad(subject: str, name: str, value: object) -> str:
    return f"<{subject}> <{name}> {value if isinstance(value, ox.Literal) else f'<{value}>'} ."


def _hostile_policy() -> ox.Store:
    """Return a policy that tries everything."""
    script = ox.Literal('"><script>alert(1)</script>', language="en")
    texts = (script, ox.Literal(_LONG), ox.Literal(_TURNED, language="en"))
    lines = [_quad(_POLICY_IRI, _TYPE, f"{_USDG}Policy")]
    names = ("philosophy", "lessons", "results", "legalBasis", "objective", "concept")
    lines += [_quad(_POLICY_IRI, f"{_USDG}{name}", text) for name in names for text in texts]
    lines += [_quad(_POLICY_IRI, "http://purl.org/dc/terms/title", text) for text in texts[:2]]
    for number in range(1_000):
        lines.append(_quad(_POLICY_IRI, f"{_USDG}theme", f"http://e/{number}"))
        lines.append(_quad(_POLICY_IRI, "http://e/many", ox.Literal(f"value {number}")))
        lines.append(_quad(_POLICY_IRI, f"{_USDG}obstacle", f"{_POLICY_IRI}/obstacle/{number}"))
    budget, medium = f"{_POLICY_IRI}/budget/x", f"{_BASE}/id/media/x"
    lines += [
        _quad(_POLICY_IRI, f"{_USDG}budget", budget),
        _quad(budget, f"{_USDG}amount", ox.Literal("9" * 100_000, datatype=_xsd("decimal"))),
        _quad(budget, f"{_USDG}currency", ox.Literal("<b>")),
        _quad(budget, f"{_USDG}year", ox.Literal("0000", datatype=_xsd("gYear"))),
        _quad(_POLICY_IRI, f"{_USDG}media", medium),
        _quad(medium, "http://schema.org/contentUrl", "javascript:alert(1)"),
        _quad(_POLICY_IRI, f"{_USDG}contact", f"{_BASE}/id/contact/x"),
        _quad(
            f"{_BASE}/id/contact/x", "http://www.w3.org/2006/vcard/ns#hasEmail", "data:text/html,x"
        ),
    ]
    return _store(*lines)


def _xsd(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{name}")


def test_a_policy_that_tries_everything_is_a_page() -> None:
    """Markup, scripts, long texts, turned texts and many values make a page that is bounded."""
    document = describe(_hostile_policy(), _POLICY_IRI)
    assert document is not None
    for language in (None, "ar"):
        page = thing_page(
            document, SiteLinks(_BASE, LanguagePreference(None, language)), 1
        ).decode()
        assert scripts_of(page) == []
        assert 'href="javascript:' not in page
        assert 'href="data:' not in page
        assert "\u202e" not in page
        assert "<b>" not in page
        assert len(page) < 400_000


def test_a_city_outside_the_earth_has_no_point() -> None:
    """Coordinates that are none, or that are not of this earth, put nothing on the map."""
    wgs = "http://www.w3.org/2003/01/geo/wgs84_pos#"
    for latitude in ("91", "NaN", "x", "1e400", '36" onload="x'):
        store = _store(
            _quad(_THING, _TYPE, f"{_USDG}City"),
            _quad(_THING, f"{wgs}lat", ox.Literal(latitude)),
            _quad(_THING, f"{wgs}long", ox.Literal("10")),
        )
        page = _page(store)
        assert "<circle class" not in page
        assert 'onload="x' not in page


def test_opinions_that_answer_each_other_in_a_circle_end() -> None:
    """Replies in a circle, and a thousand opinions, make a page that is bounded."""
    target = "http://www.w3.org/ns/oa#hasTarget"
    lines = [_quad(_POLICY_IRI, _TYPE, f"{_USDG}Policy")]
    lines += [_quad(f"{_BASE}/id/opinion/{n}", target, _POLICY_IRI) for n in range(1_000)]
    lines += [
        _quad(f"{_BASE}/id/opinion/{n}", target, f"{_BASE}/id/opinion/{(n + 1) % 50}")
        for n in range(50)
    ]
    document = describe(_store(*lines), _POLICY_IRI)
    assert document is not None
    assert len(document.beside) <= 100
    assert len(thing_page(document, SiteLinks(_BASE, LanguagePreference()), 1)) < 400_000
