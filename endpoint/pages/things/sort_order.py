"""The sort orders of pages: by time, and by the codes of goals and targets."""

import re
from typing import Final

from urbansdg.endpoint.pages.things.page_facts import PageFacts
from urbansdg.ontology.namespaces import SDG

_PARTS: Final = re.compile(r"\d+|\D+")


def by_date(facts: PageFacts, things: list[str], name: str) -> list[str]:
    """Return things sorted by a date or year; those without one last."""
    return sorted(things, key=lambda iri: (not facts.raw(iri, name), facts.raw(iri, name), iri))


def by_code(facts: PageFacts, things: list[str], *names: str) -> list[str]:
    """Return things sorted by their codes, or by those of the values of the first property."""

    def code(iri: str) -> list[tuple[int, str]]:
        values = (facts.thing(iri, name) for name in names)
        of = next(filter(None, values), "") if names else iri
        return natural(code_of(of) or of)

    return sorted(things, key=code)


def natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts 2 before 10."""
    return [
        (int(part), "") if part.isdecimal() and len(part) < 10 else (0, part)  # noqa: PLR2004
        for part in _PARTS.findall(text)
    ]


def code_of(iri: str) -> str:
    """Return the code in an IRI of an SDG goal or target, "" for another IRI."""
    code = iri.removeprefix(str(SDG))
    return code if code != iri and len(code) < 8 and "/" not in code else ""  # noqa: PLR2004
