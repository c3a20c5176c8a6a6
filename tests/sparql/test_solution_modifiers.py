"""The modifiers of a query's solutions."""

import pytest

from urbansdg.sparql.solution_modifiers import is_ordered, is_sliced


@pytest.mark.parametrize(
    ("query", "ordered", "sliced"),
    [
        ("SELECT * { ?s ?p ?o } ORDER BY ?s", True, False),
        ("SELECT * { ?s ?p ?o }order#by\nBY ?s LIMIT 3", True, True),
        ("SELECT * { ?s ?p ?o } ORDERBY ?s OFFSET 3", True, True),
        ("SELECT * { { SELECT * { ?s ?p ?o } ORDER BY ?s LIMIT 3 } }", False, False),
        ("SELECT * { ?order ?by 'ORDER BY LIMIT 3' } # LIMIT 3", False, False),
        ("SELECT * { ?s ?p ?o FILTER(?s<?p) } ORDER BY ?s", True, False),
    ],
)
def test_modifiers_of_the_whole_query_are_found(
    query: str,
    ordered: bool,  # noqa: FBT001
    sliced: bool,  # noqa: FBT001
) -> None:
    """ORDER BY, LIMIT and OFFSET count outside of groups, strings and comments."""
    assert (is_ordered(query), is_sliced(query)) == (ordered, sliced)
