"""The rows of the benchmark of the reconciliation service, and its figures."""

import random
import unicodedata

import pytest
from rapidfuzz.distance import OSA

from benchmarks.reconcile_rows import Named, Row, figures, misspelt, rows_of


@pytest.mark.parametrize("name", ["Seoul", "서울", "首尔", "Rio de Janeiro", "سيول"])
def test_a_misspelt_name_has_one_error(name: str) -> None:
    """A misspelt name is one letter dropped, replaced or swapped away from the name."""
    chance = random.Random(1)  # noqa: S311  # rows, not secrets
    letters = unicodedata.normalize("NFD", name)
    for _ in range(50):
        text = unicodedata.normalize("NFD", misspelt(name, "abcdef", chance))
        assert OSA.distance(text, letters) <= 1


def test_a_row_is_unclear_where_no_service_can_tell() -> None:
    """A row is clear unless several entities have its name, or it became another's name."""
    names = [
        Named("urn:a", "city", "urn:GBR", "Birmingham", "en"),
        Named("urn:b", "city", "urn:USA", "Birmingham", "en"),
    ]
    assert not any(row.is_clear for row in rows_of(names, 20, 1, has_country=False))
    assert all(row.is_clear for row in rows_of(names, 20, 1, has_country=True))


def test_figures_count_first_candidates_and_matches() -> None:
    """Recall counts first candidates, precision the matches among them that are right."""
    meant = Named("urn:a", "city", "", "Seoul", "en")
    rows = [Row("Seol", meant, is_clear=True)] * 4
    right, other = {"id": "urn:a", "match": True}, {"id": "urn:b", "match": True}
    unsure = {"id": "urn:a", "match": False}
    assert figures(rows, [[right], [other, right], [unsure], []]) == {
        "recall": 0.5,
        "matched": 0.5,
        "precision": 0.5,
    }
