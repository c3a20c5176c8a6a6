"""An index in a folder: opened for reading, searched, and asked for similar names."""

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rapidfuzz.distance import OSA
from tantivy import DocAddress, FieldType, Index, Occur, Order, Query, Schema, Searcher

from urbansdg.errors import SearchIndexDamaged
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.search.index_record import IndexRecord, read_record
from urbansdg.search.index_schema import (
    CHANGED,
    KEY,
    NAME,
    ORDER_LEVELS,
    RECORD,
    WORD,
    facet_field,
    key_of_thing,
    order_field,
    place_field,
)
from urbansdg.search.preferred_labels import label_in, local_name
from urbansdg.search.query_plan import (
    MOST_WORDS,
    OF_ONE_NAME,
    filtered,
    in_field,
    named,
    named_like,
    plan,
    ranked,
    things_query,
    total,
    words_like,
    written_word,
)
from urbansdg.search.search_request import (
    DEEPEST,
    FACETS,
    FILTERS,
    LONGEST_WORDS,
    MOST,
    Candidate,
    SearchHit,
    SearchRequest,
    SearchResults,
)
from urbansdg.search.snippets import SnippetMaker
from urbansdg.search.text_units import is_spelt, key_of, letters_of, pairs_of, runs_of, words_of

_FEW: Final = 10
"""Where fewer things match the words as they are written, similar words count as well."""

_MOST_VALUES: Final = 1_000
"""Values of a facet that are counted: more than there are countries or targets."""

_NEAR: Final = 100
"""Results from the start of an order that are sorted by their names at once."""

_MOST_COUNTS: Final = 256
"""Searches whose counts are kept: those of 100,000 things take 14 ms."""

_MOST_COMPARED: Final = 150
_MOST_CORRECTIONS: Final = 12
_LONG: Final = 9
"""Letters of a word that may have two errors; a shorter one may have one."""

_MOST_KNOWN: Final = 8_192
"""Candidates that are remembered, at 2 kB each."""

_MOST_PREFIXED: Final = 50


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """The index of a version: what a search finds in it.

    `record` says of which state of which version it is. The folder may be read-only.
    """

    record: IndexRecord
    _searcher: Searcher
    _schema: Schema
    _counts: dict[object, Mapping[str, tuple[tuple[str, int], ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _known: dict[tuple[int, int], Candidate] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def open(cls, folder: Path) -> "SearchIndex":
        """Open the index in a folder; raises `SearchIndexDamaged` where there is no whole one."""
        record = read_record(folder)
        try:
            try:
                searcher, fields = _opened(folder)
            except ValueError:  # the engine locks a file of the folder, which may be read-only
                with TemporaryFolder() as links:  # the files stay open when the links are gone
                    _link(folder, Path(links))
                    searcher, fields = _opened(Path(links))
        except (OSError, ValueError) as error:
            raise SearchIndexDamaged(
                f"The search index {folder.name} is damaged: {error}."
            ) from error
        if searcher.num_docs != record.documents:
            raise SearchIndexDamaged(f"The search index {folder.name} is not whole.")
        return cls(record, searcher, fields)

    def search(self, request: SearchRequest) -> SearchResults:
        """Return the results; raises `SearchIndexDamaged`, and KeyError for a filter."""
        unknown = set(request.filters) - set(FILTERS)
        if unknown:
            raise KeyError(f"unknown filters: {', '.join(sorted(unknown))}")
        words = request.words[:LONGEST_WORDS]
        query, is_forgiving = self._query(words)
        query = filtered(self._schema, query, {k: v for k, v in request.filters.items() if v})
        offset = min(max(request.offset, 0), DEEPEST)
        limit = min(max(request.limit, 1), MOST)
        maker = SnippetMaker.of(words)
        facets = self._facets(query, words, request)
        if request.sort == "name" or (request.sort != "newest" and not words.strip()):
            every = self._count(query)
            window = self._by_name(query, request.language, offset, limit)
            scored = [(0.0, address) for address in window]
        else:
            field_name = CHANGED if request.sort == "newest" else None
            result = self._searcher.search(query, limit, offset=offset, order_by_field=field_name)
            is_scored = field_name is None
            scored = [(score if is_scored else 0.0, address) for score, address in result.hits]
            every = total(result)
        hits = tuple(
            self._hit(address, score, request.language, maker) for score, address in scored
        )
        return SearchResults(every, hits, facets, is_forgiving)

    def _by_name(
        self, query: Query, language: str, offset: int, limit: int, level: int = 0
    ) -> list[DocAddress]:
        """Return a window of the things that match, by their names in a language.

        Sorting by a text takes 17 µs for each thing before the window. So far from the start, the
        numbers of its first bytes say which texts can be in the window, and those alone are sorted.
        Where many texts begin alike, the next bytes do.
        """
        if offset <= _NEAR or level == ORDER_LEVELS:
            return [
                address for _, address in self._sorted(query, order_field(language), offset, limit)
            ]
        name = place_field(language, level)
        places = self._sorted(query, name, offset, limit)
        if not places:
            return []
        first, last = places[0][0], places[-1][0]
        before = self._count(self._between(query, name, None, first - 1)) if first else 0
        alike = sum(place == first for place, _ in places)
        start = self._by_name(
            self._between(query, name, first, first), language, offset - before, alike, level + 1
        )
        rest = limit - alike
        if first == last or not rest:
            return start
        others = self._between(query, name, first + 1, last)
        return start + self._by_name(others, language, 0, rest, level)

    def _sorted(self, query: Query, name: str, offset: int, limit: int) -> list[Any]:
        """Return a window of the things that match by a field: its values and their places."""
        result = self._searcher.search(
            query, limit, count=False, order_by_field=name, offset=offset, order=Order.Asc
        )
        return result.hits

    def _between(self, query: Query, name: str, first: int | None, last: int) -> Query:
        """Return a query that only matches what has a number in a range."""
        numbers = Query.range_query(self._schema, name, FieldType.Unsigned, first, last)
        return Query.boolean_query(
            [(Occur.Must, query), (Occur.Must, Query.const_score_query(numbers, 0.0))]
        )

    def candidates(self, name: str, kinds: Collection[str], limit: int) -> list[Candidate]:
        """Return the things of some kinds, of any for none, whose names are most like a name."""
        query = named_like(self._schema, name[:LONGEST_WORDS], kinds)
        if query is None:
            return []
        similar = self._searcher.search(query, min(max(limit, 1), MOST), count=False).hits
        return [self._candidate(address) for _, address in similar]

    def thing(self, iri: str) -> Candidate | None:
        """Return a thing by its IRI, None where it has no document."""
        query = Query.term_query(self._schema, KEY, key_of_thing(iri))
        hits = self._searcher.search(query, 1, count=False).hits
        return self._candidate(hits[0][1]) if hits else None

    def suggestions(
        self, words: str, kinds: Collection[str] = (), limit: int = 10
    ) -> list[Candidate]:
        """Return things with names that have all words, of which the last may be unfinished.

        Those with the very name come first, then real ones before those of the example, those with
        a name that begins so before others, and of these cities. Where no name has the words, it
        is those with the most similar names.
        """
        text = words[:LONGEST_WORDS]
        terms = words_of(text)[:MOST_WORDS]
        if not terms:
            return []
        clauses = [(Occur.Must, in_field(self._schema, NAME, term)) for term in terms[:-1]]
        query = Query.boolean_query([*clauses, (Occur.Must, self._beginning(terms[-1]))])
        whole = (Occur.Should, named(self._schema, text))
        query = ranked(self._schema, Query.boolean_query([(Occur.Must, query), whole]))
        if kinds:
            query = filtered(self._schema, query, {"kind": kinds})
        most = min(max(limit, _MOST_PREFIXED), DEEPEST)
        hits = self._searcher.search(query, most, count=False).hits
        if not hits:
            return self.candidates(words, kinds, limit)
        suggested = [self._candidate(address) for _, address in hits]
        start = key_of(text)

        def order(one: Candidate) -> tuple[bool, bool, bool, float]:
            keys = [key_of(name) for _, name in one.names]
            begins = any(key.startswith(start) for key in keys)
            return start not in keys, one.is_fictitious, not begins, -OF_ONE_NAME.get(one.kind, 0)

        return sorted(suggested, key=order)[:limit]

    def _facets(
        self, query: Query, words: str, request: SearchRequest
    ) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Return the counts of facets over all results: the same for each page and order."""
        key = (words, frozenset(request.filters.items()))
        known = self._counts.get(key)
        if known is None:
            counts = self._searcher.aggregate(query, _COUNTS)
            known = {facet: _counted(counts[facet]["buckets"]) for facet in FACETS}
            while len(self._counts) >= _MOST_COUNTS:
                self._counts.pop(next(iter(self._counts)), None)
            self._counts[key] = known
        return known

    def _query(self, words: str) -> tuple[Query, bool]:
        """Return the query for words, and whether similar words count."""
        queries = plan(self._schema, words)
        if queries is None:
            return (Query.empty_query() if words.strip() else things_query()), False
        count = self._count(queries.written)
        if count >= _FEW:
            return queries.written, False

        def corrections(word: str) -> list[tuple[str, int]] | None:
            if count and self._count(written_word(self._schema, word)):
                return None
            return self._corrections(word)

        similar = queries.forgiving(corrections)
        return (queries.written, False) if similar is None else (similar, True)

    def _count(self, query: Query) -> int:
        return total(self._searcher.search(query, 1))

    def _corrections(self, word: str) -> list[tuple[str, int]]:
        """Return the words of things that differ from a word by few letters, and by how many."""
        if not is_spelt(word):
            return []
        letters = letters_of(word)
        most = 2 if len(letters) >= _LONG else 1
        hits = self._searcher.search(
            words_like(self._schema, word), _MOST_COMPARED, count=False
        ).hits
        corrections = dict[str, int]()
        for _, address in hits:
            other = self._searcher.doc(address)[WORD][0]
            if letters != word:  # Korean: a particle may follow
                other = other[: len(word)]
            distance = OSA.distance(letters, letters_of(other), score_cutoff=most)
            if 0 < distance <= most:
                corrections[other] = distance
        return sorted(corrections.items(), key=lambda pair: pair[1])[:_MOST_CORRECTIONS]

    def _beginning(self, word: str) -> Query:
        """Return the query for names with a word that begins so."""
        script, run = runs_of(word)[-1]
        if script != "letters":
            units = pairs_of(run)
            return Query.boolean_query(
                [(Occur.Must, Query.term_query(self._schema, NAME, unit, "freq")) for unit in units]
            )
        terms = self._searcher.terms_with_prefix(NAME, word, limit=_MOST_PREFIXED)
        queries = [Query.term_query(self._schema, NAME, term, "freq") for term, _ in terms]
        return Query.disjunction_max_query(queries) if queries else Query.empty_query()

    def _hit(
        self, address: DocAddress, score: float, language: str, maker: SnippetMaker
    ) -> SearchHit:
        iri, record = self._stored(address)
        names = [(tag, name) for tag, name in record["names"]]
        tag, label = label_in(names, language) or ("", local_name(iri))
        snippet = maker.snippet([(tag, text) for tag, text in record["texts"]], language)
        return SearchHit(
            iri,
            record["kinds"][0],
            label,
            snippet.text,
            round(score, 4),
            tag,
            snippet.language,
            snippet.marks,
        )

    def _candidate(self, address: DocAddress) -> Candidate:
        """Return a thing by its place: the rows of a table meet the same things again and again."""
        place = (address.segment_ord, address.doc)
        known = self._known.get(place)
        if known is None:
            iri, record = self._stored(address)
            names = tuple((tag, name) for tag, name in (*record["names"], *record["others"]))
            known = Candidate(
                iri,
                record["kinds"][0],
                names,
                tuple(record["kinds"]),
                record.get("fictitious", False),
            )
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[place] = known
        return known

    def _stored(self, address: DocAddress) -> tuple[str, dict[str, Any]]:
        stored = self._searcher.doc(address)
        return stored[KEY][0], json.loads(stored[RECORD][0])


_COUNTS: Final = {
    facet: {"terms": {"field": facet_field(facet), "size": _MOST_VALUES}} for facet in FACETS
}


def _counted(buckets: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    counts = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets]
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _opened(folder: Path) -> tuple[Searcher, Schema]:
    index = Index.open(str(folder))
    index.config_reader("manual")
    index.reload()
    return index.searcher(), index.schema


def _link(folder: Path, links: Path) -> None:
    """Put links to the files of an index into a folder that can be written."""
    for file in folder.iterdir():
        if file.suffix == ".json":
            shutil.copyfile(file, links / file.name)
        elif file.suffix != ".lock":
            (links / file.name).symlink_to(file.absolute())
