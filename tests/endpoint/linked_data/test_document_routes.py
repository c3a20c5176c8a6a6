"""Linked data over HTTP: things, their documents, and the vocabulary."""

import json
import re
from html.parser import HTMLParser

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef

_BASE = "http://localhost:8000"
_OURS = "https://w3id.org/urbansdg/"
_SEOUL = "/doc/city/1835848"
_POLICY = "/doc/policy/2673730-congestion-tax"
_MEDIA = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}


class Links(HTMLParser):
    """Gathers the links of a page, and its elements that would load or run something."""

    def __init__(self, page: str) -> None:
        """Read the page."""
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("href", "src") and value]


def test_a_thing_leads_to_its_document(client: httpx.Client) -> None:
    """The URI of a thing answers 303 with the address of the document on it."""
    answer = client.get("/id/city/1835848")
    assert (answer.status_code, answer.headers["location"]) == (303, _SEOUL)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        # what Comunica sends
        ("application/n-quads,application/ld+json;q=0.9,text/turtle;q=0.6", "application/ld+json"),
        ("application/trig;q=0.9,text/turtle;q=0.9", "text/turtle"),
        ("application/trig,text/turtle;q=0.5", "application/trig"),
        ("application/n-quads", "application/n-quads"),
    ],
)
def test_graphs_are_named_to_who_asks_for_them(
    client: httpx.Client, accept: str, media_type: str
) -> None:
    """What names graphs is sent only where the client would clearly rather have that."""
    answer = client.get(_SEOUL, headers={"accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize("extension", _MEDIA)
def test_every_format_says_the_same(client: httpx.Client, extension: str) -> None:
    """The document on a thing says the same in every format, chosen by address or by Accept."""
    fixed = client.get(f"{_SEOUL}.{extension}")
    chosen = client.get(_SEOUL, headers={"accept": _MEDIA[extension]})
    assert fixed.headers["content-type"].split(";")[0] == _MEDIA[extension]
    assert chosen.headers["content-location"] == f"{_SEOUL}.{extension}"
    form = ox.RdfFormat.from_extension(extension)
    quads = set(ox.parse(fixed.content, format=form))
    assert quads == set(ox.parse(chosen.content, format=form))
    turtle = client.get(f"{_SEOUL}.ttl").content
    assert quads == set(ox.parse(turtle, format=ox.RdfFormat.TURTLE))
    seoul = ox.NamedNode(f"{_BASE}/id/city/1835848")
    label = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    assert ox.Quad(seoul, label, ox.Literal("Séoul", language="fr")) in quads


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/turtle"),
        ("*/*", "text/turtle"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/ld+json;q=0.9, text/turtle;q=0.2", "application/ld+json"),
        ("text/html;q=0.1, text/turtle", "text/turtle"),
        ("text/turtle;q=0, application/rdf+xml", "application/rdf+xml"),
    ],
)
def test_the_form_is_what_the_client_prefers(
    client: httpx.Client, accept: str | None, media_type: str
) -> None:
    """The form of a document is the one that Accept prefers; Turtle where it does not care."""
    headers = {} if accept is None else {"accept": accept}
    request = client.build_request("GET", _SEOUL, headers=headers)
    if accept is None:
        del request.headers["accept"]
    answer = client.send(request)
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert "Accept" in answer.headers["vary"]


def test_a_form_that_nobody_offers_is_refused(client: httpx.Client) -> None:
    """Where no form is accepted the answer is 406 with the list of what is offered."""
    answer = client.get(_SEOUL, headers={"accept": "image/png"})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert "text/turtle" in answer.json()["remedy"]


@pytest.mark.parametrize(
    "path",
    [
        "/id/city/none",
        "/doc/city/none",
        "/doc/city/none.ttl",
        "/doc",
        "/doc/%ff%fe",
        "/doc/%00",
        "/doc/%3Cscript%3E",
        "/doc/city/1835848.exe",
        "/doc/city%2F1835848",
        "/doc/../../../etc/passwd",
        "/graph/none",
        "/vocab/none",
        "/vocab/..%2Fontology",
        "/ontology.exe",
        "/none",
    ],
)
def test_what_is_not_there_is_a_problem_document(client: httpx.Client, path: str) -> None:
    """What is not there is a problem document with status 404, never a trace."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["status"] == 404
    assert problem["detail"]
    assert problem["remedy"]


def test_a_path_without_end_is_refused(client: httpx.Client) -> None:
    """A path that is far too long is refused with status 414."""
    assert client.get("/doc/" + "a" * 5_000).status_code == 414


@pytest.mark.parametrize("path", ["/id/city/1835848", _SEOUL, "/ontology", "/"])
def test_other_methods_are_refused(client: httpx.Client, path: str) -> None:
    """Documents are read: other methods are refused with status 405 in a problem document."""
    answer = client.post(path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [_SEOUL, f"{_SEOUL}.html", "/ontology", "/"])
def test_head_answers_like_get_without_a_body(client: httpx.Client, path: str) -> None:
    """HEAD has the headers of GET and no body."""
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "vary"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", [_SEOUL, f"{_SEOUL}.html", "/ontology.ttl", "/vocab/theme", "/"])
def test_what_the_client_has_is_not_sent_again(client: httpx.Client, path: str) -> None:
    """A client that has the document of this version gets 304 and no body."""
    tag = client.get(path).headers["etag"]
    answer = client.get(path, headers={"if-none-match": f'"other", W/{tag}'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag


def test_forms_and_languages_have_their_own_entity_tags(client: httpx.Client) -> None:
    """Two forms of a document, and a page in two languages, have different entity tags."""
    tags = [
        client.get(f"{_SEOUL}.{extension}", headers={"accept-language": language}).headers["etag"]
        for extension, language in (("ttl", "en"), ("nt", "en"), ("html", "en"), ("html", "ko"))
    ]
    assert len(set(tags)) == 4


def test_a_policys_document_has_all_its_parts(client: httpx.Client) -> None:
    """The document on a policy describes its budget, period, claims and obstacles too."""
    graph = Graph().parse(data=client.get(f"{_POLICY}.ttl").content, format="turtle")
    policy = f"{_BASE}/id/policy/2673730-congestion-tax"
    amount = URIRef("https://w3id.org/urbansdg/ontology#amount")
    subjects = {str(subject) for subject in graph.subjects()}
    assert any(str(subject).startswith(f"{policy}/budget/") for subject in graph.subjects(amount))
    assert f"{policy}/claim/11.6" in subjects
    assert f"{policy}/period/actual" in subjects


def test_a_part_has_a_document_of_its_own(client: httpx.Client) -> None:
    """A part of a policy can be followed like every thing."""
    answer = client.get("/id/policy/2673730-congestion-tax/claim/11.6", follow_redirects=True)
    assert answer.status_code == 200
    assert "TargetClaim" in answer.text


def test_a_document_says_who_mentions_its_thing(client: httpx.Client) -> None:
    """The document on a city has the statements of others on it: its policies."""
    answer = client.get(f"{_SEOUL}.nt")
    lead = "<https://w3id.org/urbansdg/ontology#leadCity>"
    assert f"{lead} <{_BASE}/id/city/1835848> ." in answer.text


def test_every_link_of_a_document_within_the_graph_can_be_followed(client: httpx.Client) -> None:
    """Every IRI of ours in the document on a policy leads to a document."""
    quads = ox.parse(client.get(f"{_POLICY}.nt").content, format=ox.RdfFormat.N_TRIPLES)
    things = {
        term.value
        for quad in quads
        for term in (quad.subject, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(f"{_BASE}/id/")
    }
    assert len(things) > 5
    for thing in things:
        path = thing.removeprefix(_BASE)
        assert client.get(path, follow_redirects=True).status_code == 200, thing


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("ko, en;q=0.5", "서울"),
        ("fr-CA, en;q=0.5", "Séoul"),
        ("tlh", "Seoul"),
        ("*", "Seoul"),
        ("", "Seoul"),
        ("xx-;;q=", "Seoul"),
    ],
)
def test_a_page_is_headed_in_the_readers_language(
    client: httpx.Client, language: str, heading: str
) -> None:
    """A page is headed by the name in the reader's language, else in English."""
    page = client.get(f"{_SEOUL}.html", headers={"accept-language": language}).text
    assert f">{heading}</h1>" in page


def test_text_that_runs_from_right_to_left_says_so(client: httpx.Client) -> None:
    """Text in Arabic is marked with its language and its direction."""
    assert 'lang="ar" dir="rtl"' in client.get(f"{_SEOUL}.html").text


@pytest.mark.parametrize("path", ["/", f"{_SEOUL}.html", f"{_POLICY}.html", "/ontology.html"])
def test_a_page_needs_no_script_and_no_other_host(client: httpx.Client, path: str) -> None:
    """A page runs the one script of the site, loads nothing from elsewhere, and its policy too."""
    answer = client.get(path)
    links = Links(answer.text)
    assert not links.tags & {"img", "iframe", "object"}
    scripts = {
        script.split()[0]
        for script in re.findall("<script ([^>]*)>", answer.text)
        if script != 'type="application/ld+json"'
    }
    assert scripts == {'src="/static/site.js"'}
    policy = answer.headers["content-security-policy"]
    assert all(part in policy for part in ("default-src 'none'", "script-src 'self';"))
    assert all(link.startswith(("/", "#", "http://", "https://")) for link in links.links)


@pytest.mark.parametrize("path", ["/", f"{_POLICY}.html"])
def test_every_local_link_of_a_page_works(client: httpx.Client, path: str) -> None:
    """Every link of a page that stays on this server leads somewhere."""
    links = {link.partition("#")[0] for link in Links(client.get(path).text).links}
    local = sorted(link for link in links if link.startswith("/"))
    assert len(local) > 10
    for link in local:
        assert client.get(link, follow_redirects=True).status_code == 200, link


@pytest.mark.parametrize(
    "path",
    [
        *(
            "city/example-haneul",
            "policy/example-haneul-night-buses",
            "contact/example-bada-office",
        ),
        *("policy/example-haneul-night-buses/budget/running", "indicator/example-on-foot"),
        *("organisation/example-night-cities", "opinion/example-1", "media/example-ride"),
    ],
)
def test_each_page_of_the_example_says_that_it_is_invented(client: httpx.Client, path: str) -> None:
    """The page of each thing of the example, and of each part, says that it is invented."""
    assert "This is a fictitious example" in client.get(f"/doc/{path}.html").text


def test_no_real_city_is_marked_as_invented(client: httpx.Client) -> None:
    """The page of a real city does not say that it is invented."""
    assert "This is a fictitious example" not in client.get(f"{_SEOUL}.html").text


@pytest.mark.parametrize("path", ["/ontology", "/shapes", "/vocab/theme", "/vocab/status"])
def test_the_vocabulary_is_served_as_rdf_and_as_a_page(client: httpx.Client, path: str) -> None:
    """Ontology, shapes and schemes are served in RDF and as pages with an anchor for each term."""
    turtle = client.get(path, headers={"accept": "text/turtle"})
    graph = Graph().parse(data=turtle.content, format="turtle")
    anchors = {
        str(subject).partition("#")[2]
        for subject in graph.subjects()
        if isinstance(subject, URIRef) and subject.startswith(_OURS) and "#" in subject
    }
    page = client.get(path, headers={"accept": "text/html"}).text
    assert anchors
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_a_page_of_the_ontology_defines_its_terms(client: httpx.Client) -> None:
    """The ontology's page has each term's definition, example, what it stands with, and its name.

    The name is in the reader's language.
    """
    page = client.get("/ontology.html").text
    (section,) = re.findall(r'<section[^>]* id="leadCity">.*?</section>', page, re.DOTALL)
    assert "Relates a policy to the city that is responsible for it." in section
    example = "&lt;policy/x&gt; usdg:leadCity &lt;city/2673730&gt; ."
    assert f"For example: <code>{example}</code>" in section
    assert all(f'href="/ontology#{name}"' in section for name in ("Policy", "City"))
    korean = client.get("/ontology.html", params={"lang": "ko"}).text
    assert re.search(r'id="leadCity">\s*<h2[^>]*>주도 도시</h2>', korean)


def test_a_page_of_the_ontology_tells_its_version_and_how_to_cite_it(client: httpx.Client) -> None:
    """The ontology's page has its version, licence and citation; a scheme's its definition."""
    page = client.get("/ontology.html").text
    for text in ("1.1.0", "https://creativecommons.org/licenses/by/4.0/", "Cite as"):
        assert text in page
    theme = client.get("/vocab/theme.html").text
    assert "The fields of city government to which policies belong." in theme
    assert 'href="http://eurovoc.europa.eu/668"' in theme


def test_the_context_is_served_as_json_ld(client: httpx.Client) -> None:
    """The JSON-LD context is served under its own address, and not again to who has it."""
    answer = client.get("/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.json()["@context"]["leadCity"]["@type"] == "@id"
    headers = {"if-none-match": answer.headers["etag"]}
    assert client.get("/context.jsonld", headers=headers).status_code == 304
