"""The pages of a list: their numbers, their neighbours, and the links between them."""

from typing import Final

from pyoxigraph import NamedNode
from starlette.requests import Request

from urbansdg.endpoint.html.page_values import ListPage
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.search.search_parameters import DEEPEST_PAGE, no_such_page
from urbansdg.endpoint.web.problem_details import Fault, fault

SIZE: Final = 100
"""The things on a page of a list."""

_LONGEST: Final = 2_000


def number_of(request: Request) -> int:
    """Return the number of the requested page; raises `Fault` (404)."""
    text = request.query_params.get("page", "1")
    if not text.isdecimal() or not text.isascii() or not 0 < int(text[:9]) <= DEEPEST_PAGE:
        raise no_such_page()
    return int(text)


def turn_of(site: SiteLinks, path: str, number: int, *, more: bool) -> ListPage:
    """Return a page with the addresses of its neighbours."""
    parameters = {name: value for name, value in site.query if name != "page"}
    before = site.at(path, **parameters, page=number - 1) if number > 1 else None
    return ListPage(number, before, site.at(path, **parameters, page=number + 1) if more else None)


def iri_of(text: str) -> str:
    """Return the IRI in a parameter; raises `Fault` (400)."""
    try:
        return NamedNode(text[:_LONGEST]).value
    except ValueError:
        raise _not_an_iri() from None


def _not_an_iri() -> Fault:
    return fault(400, "The parameter is not an IRI.", "Follow the links on the pages.")


def neighbours(base: str, turn: ListPage) -> dict[str, str]:
    """Return the header field Link with the neighbours of a page (RFC 8288)."""
    links_of_turn = (
        ("first", turn.first_at),
        ("prev", turn.before),
        ("next", turn.after),
        ("last", turn.last_at),
    )
    links = ", ".join(f'<{base}{href}>; rel="{rel}"' for rel, href in links_of_turn if href)
    return {"link": links} if links else {}
