"""A hundred planted mistakes of all kinds, judged by what they were made from."""

from pathlib import Path
from random import Random

import pytest

from benchmarks.remedies.fitting_remedies import address, problems_of
from benchmarks.remedies.officer_workbooks import write_workbook
from benchmarks.remedies.planted_mistakes import PLANTS, planted
from urbansdg.loaders import initialise
from urbansdg.store import GraphStore

_CITIES = {
    "en": ("Chicago", "USA", "en"),
    "ko": ("Seoul", "KOR", "ko"),
    "fr": ("Paris", "FRA", "fr"),
    "es": ("Quito", "ECU", "es"),
}
_LANGUAGES = ["fr", *(pytest.param(name, marks=pytest.mark.long) for name in ("en", "ko", "es"))]
_NAMES_OF_RDF = ("usdg:", "dcterms:", "skos:", "xsd:", "sh:", "IRI", "rdf")
"""What no message for an officer has."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> GraphStore:
    """Return a graph with the bundled data."""
    store = GraphStore.create(tmp_path_factory.mktemp("graph") / "var", "http://localhost:8000")
    initialise(store, "test")
    return store


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_hundred_mistakes_give_their_cells_and_fitting_remedies(
    store: GraphStore, tmp_path: Path, language: str
) -> None:
    """Each mistake is one problem in its cell; at least 95 remedies name what is meant."""
    mistakes = list(planted(100, Random(11), language))  # noqa: S311  # reproducible, not secret
    assert len({mistake.kind for mistake in mistakes}) == len(PLANTS)
    book = write_workbook(tmp_path / "city.xlsx", _CITIES[language], [], mistakes)
    problems = problems_of(book, store)
    assert {address(problem) for problem in problems} == book.mistakes.keys()
    assert len(problems) == len(book.mistakes) == 100
    fitting = sum(book.mistakes[address(problem)].is_met_by(problem.remedy) for problem in problems)
    assert fitting >= 95


@pytest.mark.parametrize("language", _LANGUAGES)
def test_messages_are_in_the_language_of_the_workbook(
    store: GraphStore, tmp_path: Path, language: str
) -> None:
    """A message has no name of RDF, and is in the language of the titles of its workbook."""
    mistakes = list(planted(len(PLANTS), Random(3), language))  # noqa: S311
    book = write_workbook(tmp_path / "city.xlsx", _CITIES[language], [], mistakes)
    for problem in problems_of(book, store):
        text = f"{problem.message} {problem.remedy}".replace(problem.value or "\x00", "")
        assert not [name for name in _NAMES_OF_RDF if name in text]
        assert problem.language == language
        hangul = any("\uac00" <= letter <= "\ud7a3" for letter in text)
        assert hangul == (language == "ko")
        assert problem.place.path is None
