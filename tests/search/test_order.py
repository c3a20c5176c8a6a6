"""Things are sorted by name on every page, also far from the first."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tantivy import Index

from urbansdg.search.documents import LANGUAGES, ThingDocument
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.index_record import IndexRecord, write_record
from urbansdg.search.index_schema import FORMAT, filled, places_of, schema
from urbansdg.search.search_request import SearchRequest

_KEYS = st.one_of(
    st.text(max_size=40).filter(lambda text: text.isprintable()),
    st.sampled_from(("", "\U0010ffff", "정책", "a" * 60)),
)
_SAME = "policy on public transport of the region "
"""Longer than the part of a name that is a number."""


def _index(folder: Path, names: list[str]) -> SearchIndex:
    """Return an index of policies with some names."""
    writer = Index(schema(), str(folder)).writer(15_000_000, 1)
    for number, name in enumerate(names):
        iri = f"http://localhost:8000/id/policy/{number}"
        facets = (("kind", "policy"), ("goal", str(number % 2 + 1)))
        writer.add_document(
            filled(ThingDocument(iri, ("policy",), (("en", name),), facets=facets), 1)
        )
    writer.commit()
    writer.wait_merging_threads()
    count = len(names)
    record = IndexRecord(FORMAT, "http://localhost:8000", 1, "1", "", 0, count, count, {})
    write_record(folder, record)
    return SearchIndex.open(folder)


@given(_KEYS, _KEYS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_numbers_of_a_key_sort_as_it_does(one: str, other: str) -> None:
    """Keys whose numbers differ are in the order of these, which fit into 64 bits."""
    first, second = places_of(one), places_of(other)
    assert all(0 <= place < 1 << 64 for place in (*first, *second))
    if first != second:
        assert (first < second) == (one.encode() < other.encode())


@pytest.mark.parametrize(
    "names",
    [
        [f"policy {number}" for number in range(400)],
        [f"{_SAME}{number}" for number in range(400)],
        ["policy"] * 150 + [f"정책 {number}" for number in range(150)] + [_SAME] * 150,
        [f"{chr(97 + number % 26)}{_SAME}" for number in range(400)],
    ],
)
def test_a_later_page_goes_on_where_the_one_before_ends(tmp_path: Path, names: list[str]) -> None:
    """All windows of an order together are the order, however alike the names are."""
    index = _index(tmp_path, names)
    for language in LANGUAGES[:2]:
        whole = SearchRequest(sort="name", limit=500, language=language)
        labels = [hit.label for hit in index.search(whole).hits]
        assert labels == sorted(names, key=str.encode)
        for size in (1, 7, 40):
            windows = [
                index.search(SearchRequest("", {}, offset, size, "name", language))
                for offset in range(0, len(names), size)
            ]
            assert [hit.label for window in windows for hit in window.hits] == labels
            iris = [hit.iri for window in windows for hit in window.hits]
            assert len(set(iris)) == len(names)
            assert {window.total for window in windows} == {len(names)}


def test_a_page_beyond_the_last_is_empty(tmp_path: Path) -> None:
    """Filters count: a window beyond what they leave is empty, one across the end is shorter."""
    index = _index(tmp_path, [f"policy {number:03}" for number in range(400)])
    filters = {"goal": frozenset({"1"})}
    assert not index.search(SearchRequest("", filters, 200, 20, "name")).hits
    last = index.search(SearchRequest("", filters, 190, 20, "name")).hits
    assert [hit.label for hit in last] == [f"policy {number:03}" for number in range(380, 400, 2)]
