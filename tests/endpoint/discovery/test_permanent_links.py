"""Permanent links: what asking for one keeps, and where it leads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from urbansdg.settings import RetentionPolicy
from urbansdg.store import Tags, superfluous

if TYPE_CHECKING:
    from tests.endpoint.discovery.conftest import Changing

_PATH = "/permanent-link"
_SEOUL = "/doc/city/1835848"


def test_asking_for_a_permanent_link_keeps_the_version(changing: Changing) -> None:
    """The form of a page, sent as a browser does, leads to a Memento that pruning spares."""
    page = changing.client.get(f"/memento/2{_SEOUL}", headers={"accept": "text/html"}).text
    (form,) = re.findall(r'<form class="permanent".*?</form>', page, re.DOTALL)
    assert 'method="post"' in form
    (action,) = re.findall(r'action="([^"]*)"', form)
    fields = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', form))
    assert fields == {"path": _SEOUL, "version": "2"}
    assert 2 in superfluous(changing.store, RetentionPolicy())
    answer = changing.client.post(action, data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/memento/2{_SEOUL}")
    assert answer.headers["cache-control"] == "no-store"
    assert 2 not in superfluous(changing.store, RetentionPolicy())
    tags = Tags(changing.store.directory).all()
    assert changing.client.post(action, data=fields).status_code == 303
    assert Tags(changing.store.directory).all() == tags


def test_the_answer_to_a_query_has_a_permanent_link(changing: Changing) -> None:
    """The address that `cite-as` names is the one that is kept."""
    query = "/sparql?query=ASK%20%7B%3Fs%20%3Fp%20%22a%26b%22%7D"
    base = "http://localhost:8000"
    cited = re.findall(r'<([^>]*)>; rel="cite-as"', changing.client.get(query).headers["link"])[0]
    answer = changing.client.post(_PATH, data={"path": cited})
    assert answer.status_code == 303
    number = changing.store.current_number()
    permanent = answer.headers["location"]
    assert f"version={number}" in permanent
    first, second = changing.client.get(permanent), changing.client.get(cited.removeprefix(base))
    assert first.status_code == 200
    assert first.content == second.content
    assert number in Tags(changing.store.directory).cited()


def test_a_whole_address_is_of_the_graph_or_of_the_server(changing: Changing) -> None:
    """An address as the reader has it leads to the same link: under the base or at the host."""
    url = changing.client.base_url
    here = f"{url.host}:{url.port}"
    for start in ("http://localhost:8000", f"http://{here}", f"https://{here}"):
        answer = changing.client.post(_PATH, data={"path": f"{start}{_SEOUL}", "version": "2"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/memento/2{_SEOUL}")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"path": "/policies"}, 400),
        ({"path": "//evil.example/doc/"}, 400),
        ({"path": "https://evil.example/doc/city/1835848"}, 400),
        ({"path": "/sparql?format=json"}, 400),
        ({"path": "/doc/city/never"}, 404),
        ({"path": _SEOUL, "version": "99"}, 404),
        ({"path": _SEOUL, "version": "9" * 15}, 404),
        ({"path": _SEOUL, "version": "9" * 16}, 400),
        ({"path": _SEOUL, "version": "-1"}, 400),
        ({"path": "/sparql?query=ASK%7B%7D", "version": "99"}, 404),
        ({"path": "/doc/" + "x" * 20_000}, 413),
    ],
)
def test_what_has_no_permanent_link_is_a_problem(
    changing: Changing, fields: dict[str, str], status: int
) -> None:
    """A path that is no document or query, or a version that does not exist, keeps nothing."""
    before = Tags(changing.store.directory).all()
    answer = changing.client.post(_PATH, data=fields or {"other": "x"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert Tags(changing.store.directory).all() == before


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"path=%ff", "application/x-www-form-urlencoded", 400),
        (b"path=/doc/x&path=/doc/y", "application/x-www-form-urlencoded", 400),
        (b'{"path": "/doc/x"}', "application/json", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415),
    ],
)
def test_a_body_that_is_no_form_is_a_problem(
    changing: Changing, body: bytes, kind: str, status: int
) -> None:
    """The body is a form in UTF-8, with each field once."""
    answer = changing.client.post(_PATH, content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert changing.client.get(_PATH).status_code == 405
