"""Parts of policies and cities: nodes with an IRI below that of the whole."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from urbansdg.loaders.cells.sdg_codes import TARGET
from urbansdg.loaders.parse.cell_values import TermConverter, day, iri_converter
from urbansdg.loaders.parse.facts import Facts, ReadResult, Record
from urbansdg.loaders.tables.field_mapping import TYPE, Field, fictitious_facts, term
from urbansdg.ontology.iris import concept, part, sdg

_LETTER: Final = r"(?:[a-z0-9]|[^\W_\x00-\x7f])"
KEY: Final = rf"Q[1-9][0-9]*|{_LETTER}+(-(?:{_LETTER}|[.+])+)*"
"""Keys: small letters of any script and digits, joined by hyphens, as `slug` makes them; or the
Wikidata id of a city without another key; or a name that ends with a position (`+39.80`).
"""
INDICATOR: Final = r"C[0-9a-z]{6,8}|[A-Z]{2}_[A-Z0-9_]+"
"""The UN's codes of an indicator (`C110201`) and of a series (`EN_ACS_URB_SUSREC`)."""

PART: Final = r"[a-z]+/[a-z0-9.-]+"
"""The end of the IRI of a part of a policy: its segment and its key (`obstacle/no-drivers`)."""

TARGETS: Final = iri_converter(sdg, TARGET)

CHECKED: Final = Field("checked", "usdg:checked", day)
"""The day on which an editor last read the source of a row and found its facts there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of part: the segment of its IRI, the property from the whole to it, and its class."""

    segment: str
    predicate: str
    type: str

    def of(
        self, record: Record, whole: str, key: str | None = None
    ) -> Generator[ReadResult, None, str]:
        """Yield the link from the whole and the type of a part; return the part's IRI."""
        iri = part(whole, self.segment, key)
        ties = f"<{whole}> <{term(self.predicate)}> <{iri}> .\n"
        kind = f"<{iri}> <{TYPE}> <{term(self.type)}> .\n"
        yield Facts(record.place, [ties, kind], [None, None])
        yield from fictitious_facts(record, iri)
        return iri


def concepts(scheme: str) -> TermConverter:
    """Return a converter from names to concepts of one of our schemes."""
    return iri_converter(_in(scheme), r"[a-z]+(-[a-z]+)*")


def without_problems(make: TermConverter) -> TermConverter:
    """Return a converter without problems, for a cell that another field checks."""
    return lambda cell: (value for value in make(cell) if isinstance(value, ox.NamedNode))


def _in(scheme: str) -> Callable[[str], str]:
    return lambda name: concept(scheme, name)
