"""A reading of a table: its observations as plain values, and its problems."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import Problem
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.gazetteer.city_gazetteer import City, Gazetteer
from urbansdg.loaders.gazetteer.graph_places import AreaKind, GraphPlace, GraphPlaces
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.ontology.iris import Iris

_CITIES = (
    City("1835848", "Seoul", frozenset({"seoul", "서울"}), "KOR", "KR-11", 9_000_000, "Q8684"),
    City("3448439", "São Paulo", frozenset({"sao paulo"}), "BRA", "BR-SP", 12_000_000, "Q174"),
)
_PLACES = (
    GraphPlace(AreaKind.COUNTRY, "KOR", frozenset({"republic of korea"}), "410"),
    GraphPlace(AreaKind.REGION, "GB-ENG", frozenset({"england"})),
)
_DATA = {
    "refArea": "area",
    "refPeriod": "period",
    "obsValue": "value",
    "unitMeasure": "unit",
    "obsStatus": "status",
    "indicator": "indicator",
}


@dataclass(frozen=True)
class Reading:
    """The observations by row order, each with the last parts of its IRIs, and the problems."""

    values: list[dict[str, str]]
    problems: tuple[Problem, ...]
    text: str

    @property
    def codes(self) -> list[str]:
        """The codes of the problems."""
        return [problem.code for problem in self.problems]


ReadTable = Callable[..., Reading]


@pytest.fixture
def read_table(tmp_path: Path) -> ReadTable:
    """Return a function that reads the text of a file with a name."""

    def read(text: str, name: str = "table.csv", city: str | None = None) -> Reading:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        folder = tmp_path / "context"
        folder.mkdir(exist_ok=True)
        places = Gazetteer(_CITIES, read_places=lambda: GraphPlaces(_PLACES))
        context = ReadContext(
            folder, Iris("http://localhost:8000"), city=city, known=lambda: places
        )
        draft = reader_of(path).read(path, None, context)
        triples = [quad.triple for file in draft.files for quad in ox.parse(path=str(file))]
        return Reading(_observations(triples), draft.problems, "\n".join(map(str, triples)))

    return read


def _observations(triples: list[ox.Triple]) -> list[dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for triple in triples:
        subject = getattr(triple.subject, "value", "")
        if "/id/observation/" in subject:
            name = triple.predicate.value.rpartition("#")[2].rpartition("/")[2]
            term = getattr(triple.object, "value", "")
            is_iri = isinstance(triple.object, ox.NamedNode)
            text = term.rpartition("#")[2].rpartition("/")[2] if is_iri else term
            rows.setdefault(subject, {})[_DATA.get(name, name)] = text
    return list(rows.values())
