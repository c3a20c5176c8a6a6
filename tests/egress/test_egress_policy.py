"""Which addresses a download may connect to."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from urbansdg.egress.egress_policy import DownloadBackend, is_allowed

Resolver = Callable[..., list[Any]]


@pytest.fixture
def listening() -> Any:  # noqa: ANN401  # a generator of ports
    """Yield a port on loopback that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _resolver(*answers: str) -> Resolver:
    """Return a name server that gives one answer after the other, as in DNS rebinding."""
    left, real = list(answers), socket.getaddrinfo

    def resolve(host: str, *arguments: Any, **options: Any) -> list[Any]:  # noqa: ANN401
        name = left.pop(0) if host.endswith(".example") else host
        return list(real(name, *arguments, **options))

    return resolve


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "168.63.129.16", "::ffff:10.0.0.1", "2002:a00::"],
)
def test_private_tunnelled_and_metadata_addresses_are_not_allowed(address: str) -> None:
    """Private addresses, tunnels to them and the metadata services of clouds are not allowed."""
    assert not is_allowed(ipaddress.ip_address(address))
    assert is_allowed(ipaddress.ip_address("9.9.9.9"))


def test_a_download_connects_to_the_named_host_at_a_private_address(listening: int) -> None:
    """A download connects to the host in its URL although its address is private."""
    DownloadBackend("127.0.0.1").connect_tcp("127.0.0.1", listening, 5).close()


def test_a_redirect_to_a_private_address_is_refused(listening: int) -> None:
    """A download does not connect to another host at a private address."""
    with pytest.raises(httpcore.ConnectError, match=r"127\.0\.0\.1, which is not public"):
        DownloadBackend("city.example").connect_tcp("127.0.0.1", listening, 5)


def test_the_named_host_is_resolved_once(monkeypatch: pytest.MonkeyPatch, listening: int) -> None:
    """A name that later resolves to another address still leads to the first one."""
    backend = DownloadBackend("city.example")
    monkeypatch.setattr(socket, "getaddrinfo", _resolver("127.0.0.1", "127.0.0.2"))
    for _ in range(2):
        stream = backend.connect_tcp("city.example", listening, 5)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        stream.close()
