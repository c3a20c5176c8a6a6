"""SERVICE clauses: refused, or sent through the gateway (`urbansdg.egress`).

`clauses.service_matches` finds whatever could be read as one, in comments and strings too. Each has
to name an allowed host by its absolute IRI, which is then replaced by an IRI of the gateway; any
other refuses the query. With SILENT it does not: such a clause is one that fails, which gives one
solution without bindings (SPARQL 1.1 Federated Query, section 3), and its name is replaced by an
IRI that the engine cannot contact. Whether a match is a clause or only text is decided by the
engine: with an unreadable character instead of the IRI it stops there, or reads on.
"""

import re
from collections.abc import Collection
from itertools import islice
from typing import Final
from urllib.parse import quote

from pyoxigraph import Store

from urbansdg.egress.url_host import host_of
from urbansdg.sparql.clauses import service_matches

_MOST: Final = 16
_UNREADABLE: Final = "\x01"
_NOWHERE: Final = "<urn:urbansdg:not-allowed>"
"""Fails in the engine without a request, because its scheme is not HTTP."""

_PLACE: Final = re.compile(r"error at (\d+):")


class ServiceRefused(Exception):
    """The query has a SERVICE clause that is not allowed; the message says which."""


def routed(query: str, gateway: str | None, hosts: Collection[str]) -> str:
    """Return the query with each service sent through the gateway; raises `ServiceRefused`.

    `gateway` is the address to put before the percent-encoded IRI of a service, None where no host
    is allowed; `hosts` are the allowed ones, as `urbansdg.egress.url_host.host_of` writes them.
    """
    if "service" not in query.casefold():
        return query
    matches = list(islice(service_matches(query), _MOST + 1))
    addresses = {match.span("name"): _address(match, gateway, hosts) for match in matches}
    if len(matches) > _MOST:
        raise ServiceRefused(f"The query has more than {_MOST} SERVICE clauses.")
    for (start, end), address in sorted(addresses.items(), reverse=True):
        if _is_clause(query, start, end):
            query = query[:start] + address + query[end:]
    return query


def _address(match: re.Match[str], gateway: str | None, hosts: Collection[str]) -> str:
    """Return the IRI that replaces the name in a clause; raises `ServiceRefused`."""
    try:
        url = _allowed(match["name"], hosts if gateway else ())
    except ServiceRefused:
        if match["silent"]:
            return _NOWHERE
        raise
    return f"<{gateway}{quote(url, safe='')}>"


def _allowed(name: str, hosts: Collection[str]) -> str:
    """Return the URL of a name that is the absolute IRI of an allowed host."""
    if not name.startswith("<") or "\\" in name:
        raise ServiceRefused(f"SERVICE names {name}, which is not an absolute IRI.")
    host = host_of(name[1:-1])
    if host not in hosts:
        raise ServiceRefused(f"SERVICE to {host or name} is not allowed.")
    return name[1:-1]


def _is_clause(query: str, start: int, end: int) -> bool:
    """Tell whether the engine reads the name at that place as part of the query.

    The text never parses, so nothing of it is evaluated.
    """
    probe = f"{query[:start]}{_UNREADABLE}{query[end:]}\n}}{_UNREADABLE}"
    try:
        Store().query(probe)
    except SyntaxError as error:
        place = _PLACE.match(str(error))
        return place is None or int(place[1]) <= probe.count("\n")
    raise ServiceRefused("The query has an unreadable SERVICE clause.")
