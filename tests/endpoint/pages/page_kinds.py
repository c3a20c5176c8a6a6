"""One page of each kind, for the tests that look at all kinds."""

from typing import Final

PAGE_KINDS: Final = (
    "/",
    "/policies",
    "/cities",
    "/goals",
    "/countries",
    "/search?q=bus",
    "/questions",
    "/compare?city=1835848&city=example-haneul",
    "/cooperation",
    "/sparql",
    "/dataset",
    "/doc/policy/example-haneul-night-buses",
    "/doc/policy/3530597-ecobici",
    "/doc/city/example-haneul",
    "/doc/city/1275339",
    "/describe?uri=http://metadata.un.org/sdg/11",
    "/describe?uri=http://metadata.un.org/sdg/11.2",
    "/describe?uri=http://metadata.un.org/sdg/C110201",
    "/describe?uri=https://w3id.org/urbansdg/vocab/theme%23transport",
    "/doc/country/KOR",
    "/doc/area/142",
    "/doc/organisation/un-habitat",
    "/doc/organisation/c40",
    "/doc/policy/example-haneul-night-buses/budget/total",
    "/doc/opinion/example-2",
    "/mentions?uri=https://w3id.org/urbansdg/ontology%23Country",
    "/ontology",
    "/shapes",
    "/docs",
    "/nothing/here",
)
"""Addresses of the bundled graph with the example city."""


def in_language(address: str, language: str) -> str:
    """Return the address of a page in a language."""
    return f"{address}{'&' if '?' in address else '?'}lang={language}"
