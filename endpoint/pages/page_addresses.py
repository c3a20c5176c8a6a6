"""How the addresses of pages name goals, themes and cities."""

from typing import Final

from starlette.requests import Request

from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.namespaces import SDG, VOCAB

GOAL_CODES: Final = tuple(str(number) for number in range(1, 18))
"""The numbers of the goals, from 1 to 17."""

_EXCERPT: Final = 100


def goal_of(request: Request) -> str | None:
    """Return the number of the requested goal, None without one; raises `Fault` (400)."""
    goal = request.query_params.get("goal", "").removeprefix(str(SDG)) or None
    if goal is not None and goal not in GOAL_CODES:
        message = f"Unknown goal {goal[:_EXCERPT]!r}."
        raise fault(400, message, "Send the number of a goal, from 1 to 17: ?goal=11.")
    return goal


def theme_key(iri: str) -> str:
    """Return how an address names a theme: by its name in the scheme of themes."""
    return iri.removeprefix(f"{VOCAB}theme#")


def city_key(site: SiteLinks, iri: str) -> str:
    """Return how an address names a city: by its key if it is of this installation."""
    key = iri.removeprefix(f"{site.base}/id/city/")
    is_key = key != iri and not {"/", ":", "%"} & set(key)
    return key if is_key else iri
