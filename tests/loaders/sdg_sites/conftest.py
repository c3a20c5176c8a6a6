"""Small Open SDG sites, and what their reader makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import Problem
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.readers.statistics.open_sdg import READER
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import PREFIXES

LOS_ANGELES = "5368361"
_BASE = "http://localhost:8000"
_QUERY = """
SELECT ?value ?unit ?period ?name ?area ?match WHERE {
  ?o a qb:Observation ; sdmx-measure:obsValue ?value ; sdmx-attribute:unitMeasure ?unit ;
    sdmx-dimension:refPeriod ?period ; sdmx-dimension:refArea ?area ; usdg:indicator ?indicator .
  ?indicator skos:prefLabel ?name FILTER(LANG(?name) = LANG(?unit))
  OPTIONAL { ?indicator skos:broadMatch ?match }
}"""

WriteSite = Callable[[Mapping[str, str]], Path]


@dataclass(frozen=True, slots=True)
class Observation:
    """An observation of a draft, each part as the last part of its IRI or as its text."""

    value: str
    unit: str
    period: str
    name: str
    area: str
    match: str


class ReadSite:
    """Reads a site; `problems` are those found, by file, row and code, and `graph` the triples."""

    def __init__(self, folder: Path) -> None:
        """Begin without triples; `folder` holds the drafts."""
        self._folder = folder
        self.graph = ox.Store()
        self.problems: list[tuple[str | None, int | None, str]] = []
        self.messages: list[str] = []
        self.rows_left_out = 0

    def __call__(self, site: Path, city: str | None = LOS_ANGELES) -> list[Observation]:
        """Return the observations of a site, in the order of value, name and language."""
        draft = READER.read(site, None, ReadContext(self._folder, Iris(_BASE), city=city))
        for file in draft.files:
            self.graph.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
        for problem in draft.problems:
            self.problems.append((problem.place.file, problem.place.row, problem.code))
            self.messages.append(problem.message)
            self.rows_left_out += rows_left_out(problem)
        rows = self.select(_QUERY)
        return sorted((Observation(*row) for row in rows), key=lambda row: (row.value, row.name))

    def select(self, query: str) -> list[tuple[str, ...]]:
        """Return the rows of a query, each term as its last part or text."""
        prologue = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
        rows = self.graph.query(prologue + query)
        assert isinstance(rows, ox.QuerySolutions)
        return [tuple(map(_text, row)) for row in rows]

    def codes(self) -> list[str]:
        """Return the codes of the problems in order."""
        return sorted(code for _, _, code in self.problems)


def rows_left_out(problem: Problem) -> int:
    """Return the number of rows that a problem leaves out."""
    return 0 if problem.place.row is None else 1 + len(problem.related)


def _text(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return term.value.removeprefix(_BASE).rpartition("/")[2]
    return term.value if isinstance(term, ox.Literal) else ""


@pytest.fixture
def write_site(tmp_path: Path) -> WriteSite:
    """Return a function that writes the files of a site, by path, into a folder."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "site"

    return write


@pytest.fixture
def read_site(tmp_path: Path) -> ReadSite:
    """Return a function that reads a site into a graph."""
    folder = tmp_path / "context"
    folder.mkdir()
    return ReadSite(folder)
