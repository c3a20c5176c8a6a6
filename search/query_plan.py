"""The query of an index for the words and filters of a search.

A word counts most in a name, less in a text, least in the names of linked things. Every word has to
match. Only where little matches so, similar words count as well, far behind those that match.
Real things come before those of the example, unless these have the very name or code that is
sought, and terms of the vocabulary come last.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tantivy import Occur, Query, Schema, SearchResult

from urbansdg.search.index_schema import (
    CODE,
    FICTITIOUS,
    LINKED,
    LINKED_CODE,
    NAME,
    RANK,
    REAL,
    SIMILAR,
    TEXT,
    VOCABULARY,
    WHOLE_NAME,
    WORD,
    WORD_UNITS,
    facet_field,
)
from urbansdg.search.text_units import (
    STEM,
    is_spelt,
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
OF_ONE_NAME: Final = {
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

_LONGEST_FUZZY: Final = 60
"""Characters: a longer name has parts enough to be similar by."""

_OWN_CODE: Final = 1_000.0
_LINKED_CODE: Final = 3.0
_ALL_IN_NAME: Final = 8.0
_RANKS: Final = {REAL: 200.0, FICTITIOUS: 100.0, VOCABULARY: 10.0}
"""What the rank of a thing adds: more than words in texts and names, less than its whole name."""

_AS_WRITTEN: Final = 100.0
"""What the words as they are written weigh against similar ones: a term against a real thing."""

_TWO: Final = 2
"""Of so many words one may be missing, although another one is similar only."""

_SIMILAR_SHARE: Final = 0.5
"""The share of the units of a misspelt word that a name has to have."""

_WORD_SHARE: Final = 0.3
"""And the share that a word of the index has to have, to be compared with it letter by letter."""

_SHORT_WORD: Final = 5
"""Letters: comparing one word with all of 100,000 takes 6 ms."""

_NEAR_WORD: Final = 100.0
_CORRECTED: Final = 0.7
_ALL_SIMILAR: Final = 30.0
"""What is added where all words match, similar ones too: more than one word weighs in a name."""

_TIE: Final = 0.1

Corrections = Callable[[str], Iterable[tuple[str, int]] | None]
"""Returns the words of an index that differ from a word by few letters, and by how many.

None for a word that is not misspelt.
"""


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The query for the words of a search as they are written, and what similar ones need."""

    written: Query
    schema: Schema
    terms: Sequence[str]
    coded: list[Query]

    def forgiving(self, corrections: Corrections) -> Query | None:
        """Return the query for the words as they are, and far behind them for most or similar ones.

        `corrections` returns None for a word that is not misspelt. None where there are no words.
        """
        if not self.terms:
            return None
        first = Query.boost_query(self.written, _AS_WRITTEN)
        similar = ranked(self.schema, _similar(self.schema, self.terms, self.coded, corrections))
        return Query.boolean_query([(Occur.Should, first), (Occur.Should, similar)])


def plan(schema: Schema, words: str) -> QueryPlan | None:
    """Return the queries of the words of a search, None where there are none."""
    codes = codes_in(words)
    terms = words_of(codes.rest)[:MOST_WORDS]
    if not terms and not codes.codes and not codes.whole:
        return None
    coded = [_code(schema, spellings) for spellings in codes.codes]
    clauses = [(Occur.Must, query) for query in coded]
    clauses += [(Occur.Must, written_word(schema, term)) for term in terms]
    bonus = _bonus(schema, words, terms)
    written = Query.boolean_query([*clauses, *((Occur.Should, query) for query in bonus)])
    either = [written, *_whole(schema, codes)] if terms or codes.codes else _whole(schema, codes)
    written = either[0] if len(either) == 1 else Query.disjunction_max_query(either)
    return QueryPlan(ranked(schema, written), schema, terms, coded)


def ranked(schema: Schema, query: Query) -> Query:
    """Return a query whose matches score by the rank of the things as well."""
    clauses = [(Occur.Must, query)]
    for rank, score in _RANKS.items():
        of_rank = Query.term_query(schema, RANK, rank)
        clauses.append((Occur.Should, Query.const_score_query(of_rank, score)))
    return Query.boolean_query(clauses)


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
    clauses += [(Occur.Should, near) for near in _nearly_named(schema, key_of(name))]
    query = Query.boolean_query([*clauses, (Occur.Should, named(schema, name))])
    chosen = frozenset(kinds)
    return filtered(schema, query, {"kind": chosen}) if chosen else query


def _nearly_named(schema: Schema, key: str) -> list[Query]:
    """Return the queries for things with a name that has an error.

    A short name and a misspelt one may share no part: "Lmia" and "Lima". A long one with two errors
    shares most of its parts, and to seek it by its letters takes a millisecond.
    """
    if len(key) > _LONGEST_FUZZY:
        return []
    near = Query.fuzzy_term_query(schema, WHOLE_NAME, key, 1)
    return [Query.boost_query(near, _WHOLE_NAME / 2)]


def _whole(schema: Schema, codes: QueryCodes) -> list[Query]:
    return [_code(schema, codes.whole)] if codes.whole else []


def _code(schema: Schema, spellings: tuple[str, ...]) -> Query:
    own = Query.term_set_query(schema, CODE, list(spellings))
    linked = Query.term_set_query(schema, LINKED_CODE, list(spellings))
    return Query.disjunction_max_query(
        [Query.const_score_query(own, _OWN_CODE), Query.const_score_query(linked, _LINKED_CODE)]
    )


def _bonus(schema: Schema, words: str, terms: Sequence[str]) -> list[Query]:
    """Return what raises a thing whose name is the query, or has all of its words."""
    bonus = [named(schema, words)]
    if len(terms) > 1:
        in_name = [(Occur.Must, in_field(schema, NAME, term)) for term in terms]
        bonus.append(Query.const_score_query(Query.boolean_query(in_name), _ALL_IN_NAME))
    return bonus


def named(schema: Schema, name: str) -> Query:
    """Return the query for things with a name; of several of one name, a city comes first."""
    whole = Query.term_query(schema, WHOLE_NAME, key_of(name))
    clauses = [(Occur.Must, Query.const_score_query(whole, _WHOLE_NAME))]
    for kind, score in OF_ONE_NAME.items():
        of_kind = Query.term_query(schema, facet_field("kind"), kind)
        clauses.append((Occur.Should, Query.const_score_query(of_kind, score)))
    return Query.boolean_query(clauses)


def written_word(schema: Schema, word: str) -> Query:
    """Return the query for a word as it is written, in any field."""
    weighted = [
        Query.boost_query(in_field(schema, name, word), weight) for name, weight in _WEIGHTS.items()
    ]
    return Query.disjunction_max_query(weighted, _TIE)


def in_field(schema: Schema, name: str, word: str) -> Query:
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


def _similar(
    schema: Schema, terms: Sequence[str], coded: list[Query], corrections: Corrections
) -> Query:
    """Return the query for things with words that are similar to most of the words."""
    near = [_near(schema, term, corrections) for term in terms]
    clauses = [(Occur.Should, query) for query in near]
    least = len(clauses) - 1 if len(clauses) > _TWO else 1
    words = Query.boolean_query(clauses, least)
    if len(near) > 1:  # all words, of which one is similar, come before most of them
        every = Query.boolean_query([(Occur.Must, query) for query in near])
        every = Query.const_score_query(every, _ALL_SIMILAR)
        words = Query.boolean_query([(Occur.Must, words), (Occur.Should, every)])
    required = [(Occur.Must, query) for query in coded]
    return Query.boolean_query([*required, (Occur.Must, words)]) if required else words


def _near(schema: Schema, word: str, corrections: Corrections) -> Query:
    """Return the query for a word, for words that differ by an error, and for similar names."""
    others = corrections(word)
    if others is None:
        return written_word(schema, word)
    queries = [written_word(schema, word)]
    queries += [
        Query.boost_query(written_word(schema, other), _CORRECTED / distance)
        for other, distance in others
    ]
    units = similar_units_of_word(word)
    if len(units) > 1 and (is_spelt(word) or not word.isascii()):
        shared = [(Occur.Should, Query.term_query(schema, SIMILAR, unit, "freq")) for unit in units]
        queries.append(Query.boolean_query(shared, math.ceil(len(units) * _SIMILAR_SHARE)))
    return Query.disjunction_max_query(queries, _TIE)


def things_query() -> Query:
    """Return the query for every thing."""
    return Query.exists_query(facet_field("kind"))


def words_like(schema: Schema, word: str) -> Query:
    """Return the query for the documents of words that share many parts with a word.

    A short word and a misspelt one may share no part ("tram", "trma"): the engine compares those.
    """
    units = similar_units_of_word(word)
    shared = [(Occur.Should, Query.term_query(schema, WORD_UNITS, unit)) for unit in units]
    query = Query.boolean_query(shared, math.ceil(len(units) * _WORD_SHARE))
    if len(word) > _SHORT_WORD:
        return query
    near = Query.boost_query(Query.fuzzy_term_query(schema, WORD, word, 1), _NEAR_WORD)
    return Query.boolean_query([(Occur.Should, query), (Occur.Should, near)])


def total(result: SearchResult) -> int:
    """Return how many documents match a query."""
    return int(result.count)  # type: ignore[attr-defined]  # the types of the binding lack it
