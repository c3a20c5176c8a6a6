"""SERVICE clauses: refused, or led through the gateway.

`clauses.SERVICE` finds whatever could be read as one, in comments and strings too. Where no host is
allowed, any find refuses the query. Else each has to name an allowed host by its absolute IRI,
which is then replaced by the gateway's; whether a find is a clause or text the engine itself says:
with something unreadable in the place of the IRI it stops right there, or reads on.
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
    """The query asks a host that it may not; the text says so."""


def routed(query: str, gateway: str | None, hosts: Collection[str]) -> str:
    """Return the query with its services asked through the gateway; raises `ServiceRefused`.

    `gateway` is the beginning of the address to put before the percent-encoded IRI of a service,
    None where no host is allowed; `hosts` are the allowed ones, as `host.host_of` writes them.
    """
    if "service" not in query.casefold():
        return query
    finds = [match for match in SERVICE.finditer(query) if match["service"]]
    for match in finds:
        _check(match["name"], hosts if gateway else ())
    if len(finds) > _MOST:
        raise ServiceRefused(f"The query has more than {_MOST} SERVICE clauses.")
    for match in reversed(finds):
        start, end = match.span("name")
        if _is_clause(query, start, end):
            led = f"<{gateway}{quote(query[start + 1 : end - 1], safe='')}>"
            query = query[:start] + led + query[end:]
    return query


def _check(name: str, hosts: Collection[str]) -> None:
    if not name.startswith("<") or "\\" in name:
        raise ServiceRefused(f"The query asks {name} with SERVICE, which is not an absolute IRI.")
    host = host_of(name[1:-1])
    if host not in hosts:
        raise ServiceRefused(f"The query asks {host or name} with SERVICE.")


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
    raise ServiceRefused("The query has a SERVICE clause that cannot be made out.")
