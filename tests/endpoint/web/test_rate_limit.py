"""Who a request comes from, and what its client may take."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.egress.networks import networks
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.endpoint.web.rate_limit import ClientQuota, Clients, client_of

_TRUSTED = networks("10.0.0.0/8, ::1")


def _client(peer: str, *headers: tuple[str, str], trusted: bool = True) -> str:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": "http", "client": (peer, 1234), "headers": raw}
    return client_of(scope, _TRUSTED if trusted else ())


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("192.0.2.1", ("X-Forwarded-For", "198.51.100.7"), "192.0.2.1"),
        ("10.0.0.1", ("X-Forwarded-For", "198.51.100.7"), "198.51.100.7"),
        ("10.0.0.1", ("X-Forwarded-For", "203.0.113.9, 198.51.100.7"), "198.51.100.7"),
        ("10.0.0.1", ("X-Forwarded-For", "198.51.100.7, 10.2.2.2"), "198.51.100.7"),
        ("10.0.0.1", ("X-Forwarded-For", "198.51.100.7:4711"), "198.51.100.7"),
        (
            "10.0.0.1",
            ("Forwarded", 'for="[2001:db8:1:2:3::4]:99";proto=https'),
            "2001:db8:1:2::/64",
        ),
        ("10.0.0.1", ("Forwarded", "for=203.0.113.9, for=198.51.100.7;by=x"), "198.51.100.7"),
        ("10.0.0.1", ("Forwarded", "for=_hidden"), "None"),
        ("10.0.0.1", ("X-Forwarded-For", "<script>"), "None"),
        ("10.0.0.1", ("X-Other", "198.51.100.7"), "10.0.0.1"),
        ("2001:db8::1", ("X-Other", ""), "2001:db8::/64"),
        ("::ffff:192.0.2.1", ("X-Other", ""), "192.0.2.1"),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer: str, header: tuple[str, str], client: str) -> None:
    """`Forwarded` and `X-Forwarded-For` are read from the end, as far as trusted proxies wrote."""
    assert _client(peer, header) == client


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
def test_nobody_is_believed_where_no_proxy_is_named(forwarded: str, address: str) -> None:
    """Without trusted proxies the client is who is connected, whatever the headers say."""
    headers = (("Forwarded", forwarded), ("X-Forwarded-For", address))
    assert _client("10.0.0.1", *headers, trusted=False) == "10.0.0.1"
    assert isinstance(_client("10.0.0.1", *headers), str)


def test_a_client_has_so_many_queries_at_once() -> None:
    """A query over the client's number is refused with 429, another client's is not."""
    clients = Clients(ClientQuota(queries=2, seconds=60))
    with ExitStack() as running:
        for _ in range(2):
            running.enter_context(clients.asking("a"))
        with pytest.raises(Fault) as refused, clients.asking("a"):
            pass
        with clients.asking("b"):
            pass
    assert refused.value.status == 429
    assert refused.value.headers == ((b"retry-after", b"1"),)
    with clients.asking("a"):
        pass


def test_a_client_has_so_much_time_in_a_minute() -> None:
    """A client that has used its time is refused until Retry-After has gone by."""
    now = [0.0]
    clients = Clients(ClientQuota(queries=2, seconds=30), now=lambda: now[0])
    with clients.asking("a") as charge:
        charge(35)
    with pytest.raises(Fault) as refused, clients.asking("a"):
        pass
    wait = int(refused.value.headers[0][1])
    assert wait == 11  # 5 s over, which come back within 10
    now[0] += wait
    with clients.asking("a"):
        pass


def test_very_many_clients_do_not_make_a_busy_one_forgotten() -> None:
    """Of very many clients those that have not asked for longest are forgotten, not a busy one."""
    clients = Clients(ClientQuota(queries=1, seconds=60))
    with clients.asking("first"):
        for number in range(40_000):
            with clients.asking(str(number)):
                pass
        with pytest.raises(Fault), clients.asking("first"):
            pass
