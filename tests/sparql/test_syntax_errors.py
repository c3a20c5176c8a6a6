"""The place of a mistake in a query."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from urbansdg.sparql.syntax_errors import mistake

_QUERY = """PREFIX e: <http://e/>
SELECT ?a (COUNT(DISTINCT ?b) AS ?n) FROM <http://e/g> WHERE {
  ?a e:p/^e:q+ "x\\"y"@en , '''long''' ; a e:T . # note
  OPTIONAL { ?a e:r ?b FILTER(?b >= 1.5 && REGEX(STR(?a), "^h.*")) }
  VALUES ?a { e:x UNDEF } { SELECT * { ?s ?p ?o } LIMIT 3 }
} GROUP BY ?a ORDER BY DESC(?n) LIMIT 10
"""
_WORDS = [word.span() for word in re.finditer(r"(?<![\w?<@:/.^-])[A-Z]{3,}(?!\w)", _QUERY)]


def test_the_query_itself_is_right() -> None:
    """The query that is spoilt below is one that the engine reads."""
    Store().query(_QUERY)


@given(st.sampled_from(_WORDS), st.sampled_from(["%", "]]", "§"]))
def test_the_place_of_a_mistake_is_found(span: tuple[int, int], wrong: str) -> None:
    """A token that cannot stand before a keyword is found, wherever that keyword is."""
    start = span[0]
    spoilt = f"{_QUERY[:start]}{wrong} {_QUERY[start:]}"
    position = mistake(spoilt)
    line = spoilt[:start].count("\n") + 1
    assert (position.line, position.column) == (line, start - spoilt[:start].rfind("\n"))
    assert wrong.startswith(position.token)


@given(st.text(max_size=30) | st.text("SELECT*{}?a<:>\"' \n#()1.", max_size=30))
def test_whatever_the_text_there_is_a_place(text: str) -> None:
    """A text that is no query has its mistake at a place within it, or at its end."""
    position = mistake(text)
    lines = text.split("\n")
    assert 1 <= position.line <= len(lines)
    assert 1 <= position.column <= len(lines[position.line - 1]) + 1
    assert lines[position.line - 1][position.column - 1 :].startswith(position.token.split("\n")[0])


@pytest.mark.parametrize("text", ["", "   ", "# only a note\n"])
def test_what_has_no_tokens_ends_too_early(text: str) -> None:
    """The mistake of an empty query is at its beginning."""
    assert (mistake(text).line, mistake(text).column, mistake(text).token) == (1, 1, "")
