"""Links of the bundled data to the IRIs that they have in all installations.

Two installations describe one bundled policy under two IRIs. A federated question groups by
`usdg:canonical`, so that the policy is one row.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from urbansdg.loaders.parse.facts import Fact, Facts, ReadResult
from urbansdg.loaders.tables.field_mapping import TYPE, term
from urbansdg.ontology.iris import Iris, is_fictitious

KINDS: Final = ("usdg:City", "usdg:Policy", "org:Organization", "qb:Observation")
"""The classes whose members have a canonical IRI; the parts of a policy are below its own."""

_TYPED: Final = re.compile(
    rf"<([^>]+)> <{re.escape(TYPE)}> <(?:{'|'.join(re.escape(term(kind)) for kind in KINDS)})> \."
)


def with_canonical_links(results: Iterable[ReadResult], iris: Iris) -> Iterator[ReadResult]:
    """Yield the results, and after each type of a real thing its canonical IRI."""
    for result in results:
        yield result
        if isinstance(result, Fact | Facts):
            lines = result.lines if isinstance(result, Facts) else [result.line()]
            for typed in filter(None, map(_TYPED.match, lines)):
                if not is_fictitious(typed[1]):
                    canonical = ox.NamedNode(iris.canonical(typed[1]))
                    yield Fact(typed[1], term("usdg:canonical"), canonical, result.place)
