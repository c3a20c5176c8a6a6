"""The query of an index for the words and filters of a search.

A word counts most in a name, less in a text, least in the names of linked things. Every word has to
match. Only where little matches so, similar words count as well, far behind those that match.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tantivy import Occur, Query, Schema

from urbansdg.search.index_schema import (
    CODE,
    LINKED,
    LINKED_CODE,
    NAME,
    SIMILAR,
    TEXT,
    WHOLE_NAME,
    facet_field,
)
from urbansdg.search.text_units import (
    STEM,
    key_of,
    pairs_of,
    runs_of,
    similar_units_of_word,
    stems_of,
    words_of,
)
from urbansdg.search.thing_codes import QueryCodes, codes_in

MOST_WORDS: Final = 16
"""Words of a query that count."""

_WEIGHTS: Final = {NAME: 4.0, TEXT: 1.0, LINKED: 0.6}
_STEMMED: Final = 0.6
_WHOLE_NAME: Final = 1_000.0
_OF_ONE_NAME: Final = {
    "city": 60.0,
    "goal": 50.0,
    "theme": 50.0,
    "country": 40.0,
    "target": 40.0,
    "policy": 30.0,
    "network": 30.0,
    "organisation": 20.0,
    "indicator": 20.0,
    "area": 10.0,
}
"""What kinds of things add where several have the name that is sought."""

_OWN_CODE: Final = 1_000.0
_LINKED_CODE: Final = 3.0
_ALL_IN_NAME: Final = 8.0
_AS_WRITTEN: Final = 100.0
"""What the words as they are written weigh against similar ones."""

_SHORTEST_SIMILAR: Final = 4
_LONG: Final = 9
"""Letters of a word that may have an error, and of one that may have two."""

_TWO: Final = 2
"""Of so many words one may be missing, although another one is similar only."""

_SIMILAR_SHARE: Final = 0.5
"""The share of the units of a misspelt word that a name has to have."""

_FUZZY: Final = {NAME: 16.0, TEXT: 4.0, LINKED: 2.4}
"""The score of a word with one error, which is as rare as it may be."""


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The queries of a search: for the words as they are written, and for similar ones.

    `similar` is None where the words have nothing that could be misspelt.
    """

    written: Query
    similar: Query | None


def plan(schema: Schema, words: str) -> QueryPlan | None:
    """Return the queries of the words of a search, None where there are none."""
    codes = codes_in(words)
    terms = words_of(codes.rest)[:MOST_WORDS]
    if not terms and not codes.codes and not codes.whole:
        return None
    coded = [_code(schema, spellings) for spellings in codes.codes]
    clauses = [(Occur.Must, query) for query in coded]
    clauses += [(Occur.Must, _written(schema, term)) for term in terms]
    bonus = _bonus(schema, words, terms)
    written = Query.boolean_query([*clauses, *((Occur.Should, query) for query in bonus)])
    either = [written, *_whole(schema, codes)] if terms or codes.codes else _whole(schema, codes)
    written = either[0] if len(either) == 1 else Query.disjunction_max_query(either)
    return QueryPlan(written, _similar(schema, terms, coded))


def forgiving(queries: QueryPlan) -> Query:
    """Return the query for the words as they are written, and far behind them for similar ones."""
    if queries.similar is None:
        return queries.written
    first = Query.boost_query(queries.written, _AS_WRITTEN)
    return Query.boolean_query([(Occur.Should, first), (Occur.Should, queries.similar)])


def filtered(schema: Schema, query: Query, filters: Mapping[str, Iterable[str]]) -> Query:
    """Return a query that only matches what has some values of facets."""
    clauses = [(Occur.Must, query)]
    for facet, values in filters.items():
        name = facet_field(facet)
        groups = [[value] for value in sorted(values)] if facet == "has" else [sorted(values)]
        clauses += [
            (Occur.Must, Query.const_score_query(Query.term_set_query(schema, name, group), 0.0))
            for group in groups
        ]
    return Query.boolean_query(clauses) if len(clauses) > 1 else query


def named_like(schema: Schema, name: str, kinds: Iterable[str]) -> Query | None:
    """Return the query for things whose names are similar to a name; None for one without words."""
    terms = words_of(name)[:MOST_WORDS]
    if not terms:
        return None
    units = dict.fromkeys(unit for term in terms for unit in similar_units_of_word(term))
    clauses = [(Occur.Should, Query.term_query(schema, SIMILAR, unit, "freq")) for unit in units]
    query = Query.boolean_query([*clauses, (Occur.Should, _named(schema, name))])
    chosen = frozenset(kinds)
    return filtered(schema, query, {"kind": chosen}) if chosen else query


def _whole(schema: Schema, codes: QueryCodes) -> list[Query]:
    return [_code(schema, codes.whole)] if codes.whole else []


def _code(schema: Schema, spellings: tuple[str, ...]) -> Query:
    own = Query.term_set_query(schema, CODE, list(spellings))
    linked = Query.term_set_query(schema, LINKED_CODE, list(spellings))
    return Query.disjunction_max_query(
        [Query.const_score_query(own, _OWN_CODE), Query.const_score_query(linked, _LINKED_CODE)]
    )


def _bonus(schema: Schema, words: str, terms: list[str]) -> list[Query]:
    """Return what raises a thing whose name is the query, or has all of its words."""
    bonus = [_named(schema, words)]
    if len(terms) > 1:
        in_name = [(Occur.Must, _in_field(schema, NAME, term)) for term in terms]
        bonus.append(Query.const_score_query(Query.boolean_query(in_name), _ALL_IN_NAME))
    return bonus


def _named(schema: Schema, name: str) -> Query:
    """Return the query for things with a name; of several of one name, a city comes first."""
    whole = Query.term_query(schema, WHOLE_NAME, key_of(name))
    clauses = [(Occur.Must, Query.const_score_query(whole, _WHOLE_NAME))]
    for kind, score in _OF_ONE_NAME.items():
        of_kind = Query.term_query(schema, facet_field("kind"), kind)
        clauses.append((Occur.Should, Query.const_score_query(of_kind, score)))
    return Query.boolean_query(clauses)


def _written(schema: Schema, word: str) -> Query:
    """Return the query for a word as it is written, in any field."""
    weighted = [
        Query.boost_query(_in_field(schema, name, word), weight)
        for name, weight in _WEIGHTS.items()
    ]
    return Query.disjunction_max_query(weighted, 0.1)


def _in_field(schema: Schema, name: str, word: str) -> Query:
    """Return the query for all runs of a word in one field."""
    queries = list[Query]()
    for script, run in runs_of(word):
        if script == "letters":
            queries.append(_letters(schema, name, run))
        else:
            queries += [_unit(schema, name, pair) for pair in dict.fromkeys(pairs_of(run))]
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def _letters(schema: Schema, name: str, word: str) -> Query:
    stems = stems_of(word)
    if not stems:
        return _unit(schema, name, word)
    stemmed = (Query.boost_query(_unit(schema, name, STEM + stem), _STEMMED) for stem in stems)
    return Query.disjunction_max_query([_unit(schema, name, word), *stemmed])


def _unit(schema: Schema, name: str, unit: str) -> Query:
    return Query.term_query(schema, name, unit, "freq")


def _similar(schema: Schema, terms: list[str], coded: list[Query]) -> Query | None:
    """Return the query for things with words that are similar to most of the words."""
    queries = [query for term in terms for query in _similar_word(schema, term)]
    if not queries:
        return None
    clauses = [(Occur.Should, Query.disjunction_max_query([q, w], 0.1)) for q, w in queries]
    least = len(clauses) - 1 if len(clauses) > _TWO else 1
    words = Query.boolean_query(clauses, least)
    required = [(Occur.Must, query) for query in coded]
    return Query.boolean_query([*required, (Occur.Must, words)]) if required else words


def _similar_word(schema: Schema, word: str) -> list[tuple[Query, Query]]:
    return [(_near(schema, word), _written(schema, word))]


def _near(schema: Schema, word: str) -> Query:
    """Return the query for words that differ from a word by an error."""
    queries = list[Query]()
    runs = runs_of(word)
    if len(runs) == 1 and runs[0][0] == "letters" and len(word) >= _SHORTEST_SIMILAR:
        distance = 2 if len(word) >= _LONG else 1
        queries += [
            Query.boost_query(Query.fuzzy_term_query(schema, name, word, distance), score)
            for name, score in _FUZZY.items()
        ]
    units = similar_units_of_word(word)
    is_long = len(word) >= _SHORTEST_SIMILAR or runs[0][0] != "letters"
    if is_long and len(units) > 1:
        shared = [(Occur.Should, Query.term_query(schema, SIMILAR, unit, "freq")) for unit in units]
        least = max(1, int(len(units) * _SIMILAR_SHARE))
        queries.append(Query.boolean_query(shared, least))
    return Query.disjunction_max_query(queries, 0.1) if queries else Query.empty_query()
