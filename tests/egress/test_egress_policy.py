"""Which addresses a download may connect to."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from urbansdg.egress.egress_policy import DownloadBackend, Egress, Forbidden, is_allowed
from urbansdg.egress.networks import embedded_addresses, networks

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


_REFUSED = {
    "this host": "0.0.0.0 0.1.2.3 :: ::1 127.0.0.1 127.255.255.254",
    "private": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 fc00::1 fdff::1",
    "shared": "100.64.0.1 100.127.255.254",
    "link-local": "169.254.0.1 fe80::1 febf::1",
    "site-local": "fec0::1 feff:ffff::1",
    "metadata": "169.254.169.254 168.63.129.16 100.100.100.200 fd00:ec2::254",
    "protocol assignments": "192.0.0.8 192.88.99.1 2001:1::1 2001:10::1 2001:20::1 2001:30::1",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1 3fff:fff::1",
    "benchmarking": "198.18.0.1 198.19.255.254 2001:2::1",
    "multicast": "224.0.0.1 239.255.255.255 ff02::1 ff0e::1",
    "reserved": "240.0.0.1 255.255.255.255 4000::1 8000::1 c000::1 e000::1 5f00::1 3ffe::1",
    "discarded": "100::1 100:0:0:1::1",
    "IPv4-compatible": "::10.0.0.1 ::127.0.0.1 ::169.254.169.254 ::9.9.9.9",
    "IPv4-mapped": "::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:168.63.129.16",
    "SIIT": "::ffff:0:10.0.0.1 ::ffff:0:127.0.0.1 ::ffff:0:9.9.9.9",
    "NAT64": "64:ff9b::10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::10.0.0.1 64:ff9b:1:a00:0:100::",
    "ISATAP": "fe80::5efe:10.0.0.1 2600::5efe:10.0.0.1 2600::200:5efe:7f00:1",
    "6to4": "2002:a00:1:: 2002:7f00:1::1 2002:c0a8:1::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:0:7f00:1:: 2001::f5ff:fffe",
}


@pytest.mark.parametrize(
    "address", [address for addresses in _REFUSED.values() for address in addresses.split()]
)
def test_addresses_that_are_not_public_are_not_allowed(address: str) -> None:
    """Addresses with a special purpose, and those that stand for one of IPv4, are not allowed."""
    assert not is_allowed(ipaddress.ip_address(address))
    with pytest.raises(Forbidden):
        Egress(frozenset({"city.example"})).check_address(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "9.9.9.9",
        "192.0.1.1",
        "198.17.1.1",
        "::ffff:9.9.9.9",
        "2600::1",
        "2a00:1450::1",
        "2620:fe::fe",
    ],
)
def test_public_addresses_are_allowed(address: str) -> None:
    """Public addresses of IPv4 and IPv6 are allowed."""
    assert is_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("::169.254.169.254", "::ffff:169.254.169.254", "::ffff:0:169.254.169.254"),
        *("64:ff9b::169.254.169.254", "64:ff9b:1::169.254.169.254", "fe80::5efe:169.254.169.254"),
        *("2002:a9fe:a9fe::", "2001::5601:5601"),
    ],
)
def test_no_exemption_opens_the_metadata_service(address: str) -> None:
    """A network that is exempt does not open an address that stands for a metadata service."""
    everything = networks("::/0 0.0.0.0/0")
    assert not is_allowed(ipaddress.ip_address(address), everything)
    assert is_allowed(ipaddress.ip_address("64:ff9b::10.0.0.1"), everything)


def test_the_addresses_inside_of_an_address_are_those_of_its_specification() -> None:
    """Teredo has the address of its server and, inverted, that of its client (RFC 4380, 4)."""
    teredo = ipaddress.ip_address("2001:0:4136:e378:8000:63bf:3fff:fdd2")
    assert [str(one) for one in embedded_addresses(teredo)] == ["65.54.227.120", "192.0.2.45"]
    assert list(embedded_addresses(ipaddress.ip_address("2600::1"))) == []


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


def test_the_named_host_is_never_a_metadata_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to the metadata service of a cloud is refused, named or not."""
    monkeypatch.setattr(socket, "getaddrinfo", _resolver("169.254.169.254"))
    with pytest.raises(httpcore.ConnectError, match="metadata service"):
        DownloadBackend("city.example").connect_tcp("city.example", 80, 5)
