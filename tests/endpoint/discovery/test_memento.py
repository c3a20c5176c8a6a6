"""Documents as they were: Memento over the versions of the graph."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

if TYPE_CHECKING:
    from tests.endpoint.discovery.conftest import Changing

_NEW = "/doc/city/new"
_LINK = re.compile(r'<([^>]*)>((?:; [\w-]+="[^"]*")*)')


def _links(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return the links of a header or a TimeMap: where they lead, and their attributes."""
    return [
        (target, dict(re.findall(r'([\w-]+)="([^"]*)"', attributes)))
        for target, attributes in _LINK.findall(text)
    ]


def _to(answer: httpx.Response, rel: str) -> str:
    """Return the path of the link with a relation type in the header."""
    targets = [
        target
        for target, attributes in _links(answer.headers["link"])
        if rel in attributes["rel"].split()
    ]
    assert len(targets) == 1, answer.headers["link"]
    return targets[0].removeprefix("http://localhost:8000")


def _at(changing: Changing, path: str, moment: datetime) -> httpx.Response:
    headers = {"accept-datetime": format_datetime(moment, usegmt=True)}
    return changing.client.get(path, headers=headers, follow_redirects=True)


def _slower(changing: Changing, number: int) -> datetime:
    """Return the second that a version was made in."""
    return changing.store.version(number).created.replace(microsecond=0)


@pytest.mark.parametrize("gate", ["", "/timegate"])
def test_a_document_is_as_it_was_at_a_time(changing: Changing, gate: str) -> None:
    """The document, and its TimeGate, lead to the state at the time that is asked for."""
    headers = {"accept-datetime": format_datetime(_slower(changing, 1), usegmt=True)}
    seoul = changing.client.get(f"{gate}/doc/city/1835848", headers=headers)
    latest = max(
        number for number in (1, 2, 3, 4) if _slower(changing, number) <= _slower(changing, 1)
    )
    assert seoul.status_code == 302
    assert seoul.headers["location"] == f"/memento/{latest}/doc/city/1835848"
    assert "Accept-Datetime" in seoul.headers["vary"]


def test_what_is_gone_can_be_read_as_it_was(changing: Changing) -> None:
    """A thing that is gone now has its document in the versions that had it, each as it was."""
    assert changing.client.get(_NEW).status_code == 410
    for number, name in ((2, "New"), (3, "Newer")):
        answer = changing.client.get(f"/memento/{number}{_NEW}.ttl")
        assert answer.status_code == 200
        assert f'"{name}"@en' in answer.text
        moment = parsedate_to_datetime(answer.headers["memento-datetime"])
        assert moment == _slower(changing, number)
    for number in (1, 4):
        assert changing.client.get(f"/memento/{number}{_NEW}").status_code == 404


@pytest.mark.parametrize("path", [_NEW, "/id/city/new"])
def test_what_is_gone_has_a_tombstone(changing: Changing, path: str) -> None:
    """A thing that was removed answers 410 with the way to its last state, not 404."""
    answer = changing.client.get(path)
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "application/problem+json"
    last = _to(answer, "predecessor-version")
    assert last == f"/memento/3{_NEW}"
    assert last in answer.json()["remedy"]
    assert changing.client.get(last).status_code == 200
    assert changing.client.get("/doc/city/never").status_code == 404


def test_before_the_first_state_comes_the_first(changing: Changing) -> None:
    """A time before the first state leads to the first, a time to come to the last."""
    early = _at(changing, f"/timegate{_NEW}", datetime(2000, 1, 1, tzinfo=UTC))
    assert str(early.url).endswith(f"/memento/2{_NEW}")
    late = _at(changing, f"/timegate{_NEW}", datetime.now(UTC) + timedelta(days=9))
    assert str(late.url).endswith(f"/memento/3{_NEW}")
    plain = changing.client.get(f"/timegate{_NEW}")
    assert plain.headers["location"] == f"/memento/3{_NEW}"


def test_a_timemap_lists_every_state(changing: Changing) -> None:
    """The TimeMap lists each state with its time, and names the document and its TimeGate."""
    answer = changing.client.get(f"/timemap{_NEW}")
    assert answer.headers["content-type"] == "application/link-format"
    links = _links(answer.text)
    rels = {
        attributes["rel"]: target.removeprefix("http://localhost:8000")
        for target, attributes in links
    }
    assert rels == {
        "original": _NEW,
        "timegate": f"/timegate{_NEW}",
        "timemap": f"/timemap{_NEW}",
        "self": f"/timemap{_NEW}",
        "first memento": f"/memento/2{_NEW}",
        "last memento": f"/memento/3{_NEW}",
    }
    for target, attributes in links:
        if "memento" in attributes["rel"]:
            state = changing.client.get(target.removeprefix("http://localhost:8000"))
            assert state.headers["memento-datetime"] == attributes["datetime"]


def test_a_state_leads_on_to_the_others(changing: Changing) -> None:
    """A state names the document, the TimeGate, the TimeMap, and the state after it."""
    answer = changing.client.get(f"/memento/2{_NEW}")
    assert _to(answer, "original") == _NEW
    assert _to(answer, "timegate") == f"/timegate{_NEW}"
    assert _to(answer, "timemap") == f"/timemap{_NEW}"
    assert _to(answer, "next") == f"/memento/3{_NEW}"
    assert answer.headers["content-location"] == f"/memento/2{_NEW}.ttl"


def test_a_document_names_its_timegate(changing: Changing) -> None:
    """The document as it is now names its TimeGate and TimeMap, and no time of its own."""
    answer = changing.client.get("/doc/city/1835848")
    assert answer.status_code == 200
    assert _to(answer, "timegate") == "/timegate/doc/city/1835848"
    assert _to(answer, "timemap") == "/timemap/doc/city/1835848"
    assert "memento-datetime" not in answer.headers
    assert "Accept-Datetime" in answer.headers["vary"]


def test_a_time_that_is_none_is_refused(changing: Changing) -> None:
    """An invalid date in Accept-Datetime is answered with status 400."""
    for text in ("yesterday", "", "Thu, 99 May 2007 20:35:00 GMT", "9" * 400):
        answer = changing.client.get("/doc/city/1835848", headers={"accept-datetime": text})
        assert answer.status_code == 400, text
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/memento/99/doc/city/1835848",
        "/memento/99999999999999999999/doc/city/1835848",
        "/memento/1/doc/city/none",
        "/memento/1/doc/%ff",
        "/memento/0/doc/city/1835848",
        "/timemap/doc/city/none",
        "/timegate/doc/city/none.ttl",
        "/timemap/graph/cities",
    ],
)
def test_a_state_that_never_was_is_a_problem(changing: Changing, path: str) -> None:
    """A state that never was is a problem document with status 404."""
    answer = changing.client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


_QUERY = "SELECT ?name WHERE { <http://localhost:8000/id/city/new> ?naming ?name }"


def test_a_query_is_answered_as_of_a_time(changing: Changing) -> None:
    """`/sparql` leads to the answer of the version at `Accept-Datetime`, by way of `?version=`."""
    client, versions = changing.client, list(changing.store.versions())
    path = f"/sparql?query={quote(_QUERY)}"
    for version in versions[1:]:
        headers = {"accept-datetime": format_datetime(version.created, usegmt=True)}
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.content) == (302, b"")
        assert "Accept-Datetime" in answer.headers["vary"]
        answer_then = client.get(answer.headers["location"], headers={"accept": "text/csv"})
        assert answer_then.status_code == 200
        same = [
            candidate
            for candidate in versions
            if _second(candidate.created) <= _second(version.created)
        ]
        assert answer_then.headers["memento-datetime"] == headers["accept-datetime"]
        assert answer_then.headers["urbansdg-version"] == str(same[-1].number)
        gate = client.get(f"/timegate{path}", headers=headers)
        assert gate.headers["location"].rpartition("=")[2] == str(same[-1].number)
    early = client.get(path, headers={"accept-datetime": "Mon, 01 Jan 2001 00:00:00 GMT"})
    assert early.headers["location"].endswith(f"&version={versions[0].number}")
    assert client.get(path, headers={"accept-datetime": "yesterday"}).status_code == 400


def test_the_answers_to_a_query_are_listed(changing: Changing) -> None:
    """The TimeMap of a query, to which its answer links, lists an answer from each version."""
    client = changing.client
    answer = client.get("/sparql", params={"query": _QUERY}, headers={"accept": "text/csv"})
    assert _to(answer, "original") == _to(answer, "timegate")
    listed = client.get(_to(answer, "timemap"))
    assert listed.headers["content-type"] == "application/link-format"
    states = re.findall(r'<([^>]*&version=(\d+))>; rel="[^"]*memento"', listed.text)
    assert [int(number) for _, number in states] == [v.number for v in changing.store.versions()]
    for address, number in states:
        answer_then = client.get(address.removeprefix("http://localhost:8000"))
        assert answer_then.headers["urbansdg-version"] == number
    assert client.get("/timemap/sparql").status_code == 400


def test_a_query_in_any_script_leads_to_its_answer_at_a_time(client: httpx.Client) -> None:
    """A query with letters beyond ASCII leads to its answer at `Accept-Datetime` too."""
    sent = {"accept-datetime": "Fri, 01 Jan 2100 00:00:00 GMT"}
    query = 'ASK { ?city ?name "서울" }'
    led = client.get("/sparql", params={"query": query}, headers=sent)
    assert led.status_code == 302
    assert client.get(led.headers["location"]).status_code == 200
    ill = client.get("/sparql?query=%FF", headers=sent)
    assert ill.status_code == 400


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
