"""SERVICE clauses: refused, or sent through the gateway (`urbansdg.egress`).

`clauses.SERVICE` finds whatever could be read as one, in comments and strings too. Where no host is
allowed, any match refuses the query. Otherwise each must name an allowed host by its absolute IRI,
which is then replaced by an IRI of the gateway. Whether a match is a clause or only text is decided
by the engine: with an unreadable character instead of the IRI it stops there, or reads on.
"""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from pyoxigraph import Store

from urbansdg.egress.url_host import host_of
from urbansdg.sparql.clauses import SERVICE

_MOST: Final = 16
_UNREADABLE: Final = "\x01"
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
    matches = [match for match in SERVICE.finditer(query) if match["service"]]
    for match in matches:
        _check(match["name"], hosts if gateway else ())
    if len(matches) > _MOST:
        raise ServiceRefused(f"The query has more than {_MOST} SERVICE clauses.")
    for match in reversed(matches):
        start, end = match.span("name")
        if _is_clause(query, start, end):
            address = f"<{gateway}{quote(query[start + 1 : end - 1], safe='')}>"
            query = query[:start] + address + query[end:]
    return query


def _check(name: str, hosts: Collection[str]) -> None:
    if not name.startswith("<") or "\\" in name:
        raise ServiceRefused(f"SERVICE names {name}, which is not an absolute IRI.")
    host = host_of(name[1:-1])
    if host not in hosts:
        raise ServiceRefused(f"SERVICE to {host or name} is not allowed.")


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
