"""Hostile requests for permanent links: no way to another host, and a bounded effect."""

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.server import Server

_PATH = "/permanent-link"
_PIECES = (
    *(
        "/doc/",
        "/sparql",
        "?query=",
        "ASK{}",
        "//evil.example",
        "https://evil.example/",
        "\\",
        "..",
    ),
    *("%0d%0aX-Evil: 1", "\r\nX-Evil: 1", "\0", "#", "?", "&", "version=0", "@", "city/1835848"),
    *("http://localhost:8000", "é", "\u202e", "<script>", '"', "/", ".."),
)


@pytest.fixture(scope="module")
def client(serving: Server) -> Iterator[httpx.Client]:
    """Return a client with an address of its own: its limit is not that of other tests."""
    transport = httpx.HTTPTransport(local_address="127.0.0.77")
    with httpx.Client(base_url=serving.url, transport=transport) as client:
        yield client


@given(st.lists(st.sampled_from(_PIECES), max_size=6))
def test_no_form_leads_to_another_host(client: httpx.Client, pieces: list[str]) -> None:
    """Whatever the path in the form: a problem, or a redirect to a Memento or a query here."""
    answer = client.post(_PATH, data={"path": "".join(pieces)})
    assert answer.status_code in {303, 400, 404, 429}
    assert "x-evil" not in answer.headers
    if answer.status_code == 303:
        assert answer.headers["location"].startswith(("/memento/", "/sparql?"))
        assert "\\" not in answer.headers["location"]


def test_a_client_is_limited(client: httpx.Client) -> None:
    """Of twenty requests in a row, most are refused with the time after which to ask again."""
    form = {"path": "/doc/city/1835848"}
    answers = [client.post(_PATH, data=form) for _ in range(20)]
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {303, 429}
    assert statuses.count(303) <= 8
    assert int(answers[-1].headers["retry-after"]) > 0


def test_a_page_of_another_site_can_only_keep_a_version(client: httpx.Client) -> None:
    """A forged request has the effect of any other: no token or cookie would add to it."""
    headers = {"origin": "https://evil.example", "cookie": "session=1"}
    answer = client.post(_PATH, data={"path": "/doc/never"}, headers=headers)
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"
