"""Drafts: the triples read from one source, on disk, with the place of each in the source."""

import hashlib
from array import array
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources.abc import Traversable
from itertools import compress
from pathlib import Path
from typing import Self

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.cells.rule_wording import is_about_missing, worded
from urbansdg.loaders.drafts.duplicate_things import (
    Duplicate,
    ThingLog,
    find_duplicates,
    mentions,
    repeated,
    row_of,
)
from urbansdg.loaders.gazetteer.city_gazetteer import (
    UNDETERMINED,
    City,
    Gazetteer,
    GazetteerProvider,
    bundled_cities,
)
from urbansdg.loaders.parse.facts import Fact, Facts, Gap, ReadResult, column_place
from urbansdg.loaders.rdf.parser_process import suspected
from urbansdg.loaders.rdf.subject_lines import SubjectFinder
from urbansdg.ontology.iris import Iris, slug
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.shapes.rules import traces
from urbansdg.store import Replacement, Source

ReportProgress = Callable[[str, int, int | None], None]
"""Reports progress: the name of the step, the number of items done, and the total if known."""

_EVERY = 500
_CHUNK = 1 << 20
_BATCH = 1_000
"""Lines written at once."""


def no_progress(_step: str, _done: int, _total: int | None) -> None:
    """Ignore progress."""


def _bundled_gazetteer() -> Gazetteer:
    return Gazetteer(bundled_cities())


@dataclass(frozen=True, slots=True)
class ReadContext:
    """The context of a load: a temporary folder, the graph's IRIs and a progress callback.

    `city` is the key of the city for sources that name none, or None if the loader of the data gave
    none. `known` returns the cities of the graph; `uses_of_gazetteer` records whether a reader
    called it. `base_uri` resolves relative IRIs in RDF; None means the base that follows from the
    file's name. `policies` returns the keys of the policies in the graph by name.
    """

    folder: Path
    iris: Iris
    tell: ReportProgress = no_progress
    city: str | None = None
    known: GazetteerProvider = _bundled_gazetteer
    uses_of_gazetteer: list[bool] = field(default_factory=list)
    base_uri: str | None = None
    policies: Callable[[], Mapping[str, str]] = dict

    def gazetteer(self) -> Gazetteer:
        """Return the known cities, and record that the triples depend on them."""
        self.uses_of_gazetteer.append(True)
        return self.known()

    def city_aliases(self) -> Iterator[tuple[str, str, Place]]:
        """Yield the key of each city that a source has by another name, the name and its place.

        A name is yielded once; that of an option is none of the source.
        """
        if self.uses_of_gazetteer:
            aliases = self.known().aliases
            for key, name in list(aliases):
                place = aliases.pop((key, name))
                if place.file is not None:
                    yield key, name, place

    def fingerprint(self) -> str | None:
        """Return a hash of the names and choices that the triples depend on, if there are any.

        It is part of the source's identity: the same bytes give different triples once a name
        refers to another city.
        """
        settled = sorted(self.known().answers.items()) if self.uses_of_gazetteer else []
        if not settled and self.city is None:
            return None
        return hashlib.sha256(repr((self.city, settled)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class PlaceFile:
    """A file of N-Triples and a file with the place of each triple, one line for one line.

    A line of `places` holds the row, and the index in `named` of the place without its row. Only
    the few triples with problems need a place, so the files are searched on demand: holding the
    places of millions of triples in memory would be too large.
    """

    triples: Path
    places: Path
    named: tuple[Place, ...]

    def lines(self) -> Iterator[tuple[str, Place | None]]:
        """Yield each triple as a line of N-Triples, with its place if known."""
        with self.triples.open(encoding="utf-8", newline="") as triples:
            if not self.named:
                yield from ((triple, None) for triple in triples)
                return
            with self.places.open("r") as places:
                for triple, place in zip(triples, places, strict=True):
                    yield triple, self._place(place)

    def _place(self, line: str) -> Place:
        row, named = line.split()
        return replace(self.named[int(named)], row=int(row) or None)

    def find(self, subjects: Container[str | None]) -> Iterator[tuple[str, str, Place]]:
        """Yield subject, predicate and place of each triple of the given subjects."""
        with self.triples.open(encoding="utf-8") as triples, self.places.open("r") as places:
            for triple, place in zip(triples, places, strict=True):
                subject, _, rest = triple[1:].partition("> <")
                if subject in subjects:
                    yield subject, rest.partition(">")[0], self._place(place)

    def filtered(self, start: str, flags: Iterable[bool]) -> "PlaceFile":
        """Return the lines with a true flag, in new files whose names begin with `start`."""
        copy = PlaceFile(
            self.triples.with_name(f"{start}-{self.triples.name}"),
            self.places.with_name(f"{start}-{self.places.name}"),
            self.named,
        )
        with (
            self.triples.open(encoding="utf-8", newline="") as lines,
            copy.triples.open("w", encoding="utf-8", newline="") as triples,
        ):
            if not self.named:
                triples.writelines(compress(lines, flags))
                return copy
            with self.places.open("r") as beside, copy.places.open("w") as places:
                for line, place, flag in zip(lines, beside, flags, strict=True):
                    if flag:
                        triples.write(line)
                        places.write(place)
        return copy


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a draft's facts, and in `gaps` the places of empty cells.

    `texts` are files of RDF in their original form, which are searched for subjects.
    """

    files: tuple[PlaceFile, ...] = ()
    gaps: tuple[PlaceFile, ...] = ()
    texts: tuple[Path, ...] = ()

    def located(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Add the place in the source to each problem that has a focus node but no place."""
        if self.texts:
            return SubjectFinder(self.texts).located(problems)
        nodes = {problem.place.focus for problem in problems if problem.place.file is None} - {None}
        if not nodes:
            return tuple(problems)
        facts: dict[tuple[str, str], Place] = {}
        subjects: dict[str, Place] = {}
        for file in (*self.files, *self.gaps):
            for subject, predicate, place in file.find(nodes):
                facts.setdefault((subject, predicate), place)
                subjects.setdefault(subject, place)
        return tuple(_add_place(problem, facts, subjects) for problem in problems)


def _add_place(
    problem: Problem, facts: Mapping[tuple[str, str], Place], subjects: Mapping[str, Place]
) -> Problem:
    focus, path = problem.place.focus or "", problem.place.path
    if problem.place.file is not None:
        return problem
    located = facts.get((focus, _path_iri(path or ""))) or subjects.get(focus)
    if located is None:
        return problem
    return replace(problem, place=replace(located, focus=focus, path=located.path or path))


@dataclass(frozen=True, slots=True)
class Draft:
    """The triples of one graph in files of N-Triples, and the problems found while reading.

    `parsed` says that an RDF parser wrote the files. `suspects` names the rules that a single line
    of the files may break; None if the lines were not checked. `rows` counts the rows that gave
    facts, None if the source has no rows (RDF). `things` are the hashes of what the rows describe.
    `locale` is the language of messages for the officer who filled in the source; None for a source
    whose problems name properties.
    """

    graph: str
    files: tuple[Path, ...]
    source: Source
    places: Places = field(default_factory=Places)
    problems: tuple[Problem, ...] = ()
    parsed: bool = False
    suspects: frozenset[str] | None = None
    rows: int | None = None
    things: "array[int] | None" = None
    locale: str | None = None

    def located(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Add places in the source to problems, and word these for its officer.

        A row of an officer with a problem in a cell has no further problem that something is
        missing: what the cell describes was left out.
        """
        placed = self.places.located(problems)
        if self.locale is None:
            return placed
        wrong = {_row(problem.place) for problem in self.problems if _is_violation(problem)}
        return tuple(
            worded(after, self.locale) if before.place.file is None and after != before else after
            for before, after in zip(problems, placed, strict=True)
            if not (_row(after.place) in wrong and is_about_missing(after))
        )

    @property
    def whole(self) -> bool:
        """Whether no problem prevents the source from being loaded."""
        return not any(map(_is_violation, self.problems))

    def replacement(self, iris: Iris) -> Replacement:
        """Return the change that replaces the content of the graph with these triples."""
        graph = iris.graph(self.graph)
        return Replacement(graph, self.files, self.source, self.parsed, self.suspects)


def _is_violation(problem: Problem) -> bool:
    return problem.severity is Severity.VIOLATION


def _row(place: Place) -> tuple[str | None, str | None, int | None]:
    return place.file, place.sheet, place.row


def write_draft(
    graph: str,
    findings: Iterable[ReadResult],
    source: Source,
    context: ReadContext,
    total: int | None,
    *,
    rows_are_independent: bool = False,
) -> Draft:
    """Write the facts to a draft; `total` is the expected number of rows, for the progress.

    Rows that would become one thing are a problem that names them. If the rows of a source are
    independent of each other, such rows are left out, and the others are loaded.
    """
    file = context.folder / f"{slug(graph)}.nt"
    problems = list[Problem]()
    log = ThingLog()
    with _Writer(file) as facts, _Writer(file.with_suffix(".gaps")) as gaps:
        for finding in _with_progress(findings, source.name, context, total):
            if isinstance(finding, Facts | Fact):
                log.note(finding)
            if isinstance(finding, Facts):
                facts.write(finding)
            elif isinstance(finding, Fact):
                facts.write(Facts(finding.place, [finding.line()], [None]))
            elif isinstance(finding, Gap):
                line = f"<{finding.subject}> <{finding.predicate}>\n"
                gaps.write(Facts(finding.place, [line], [None]))
            else:
                problems.append(finding)
        problems += _write_aliases(facts, context)
    log.close()
    written = facts.file()
    duplicates = list(duplicate_rows((written,), log.hashes))
    problems += (duplicate.problem(is_left_out=rows_are_independent) for duplicate in duplicates)
    if duplicates and rows_are_independent:
        rows = frozenset[tuple[object, ...]]().union(*(twice.rows for twice in duplicates))
        written = _without_rows(written, rows)
        log.rows -= len(rows)
    places = Places((written,), (gaps.file(),))
    source = replace(source, context=context.fingerprint())
    suspects = frozenset(suspected(written.triples, traces()))
    return Draft(
        graph,
        (written.triples,),
        source,
        places,
        tuple(problems),
        suspects=suspects,
        rows=log.rows,
        things=log.hashes,
    )


def duplicate_rows(files: Iterable[PlaceFile], hashes: Iterable[int]) -> Iterator[Duplicate]:
    """Yield the things that several rows of the files describe; `hashes` are those of things."""
    suspicious = repeated(hashes)
    if suspicious:
        named = [file for file in files if file.named]
        yield from find_duplicates(
            lambda: (line for file in named for line in file.lines()), suspicious
        )


def _without_rows(file: PlaceFile, rows: Collection[tuple[object, ...]]) -> PlaceFile:
    """Return a copy of a file without the facts of some rows.

    What these rows only mention stays: other rows may need the indicator of the first value.
    """
    spared = mentions(file.lines(), rows)
    flags = (
        place is None or row_of(place) not in rows or line[1:].partition(">")[0] in spared
        for line, place in file.lines()
    )
    return file.filtered("unique", flags)


def _write_aliases(facts: "_Writer", context: ReadContext) -> Iterator[Problem]:
    """Write the names that the source has for cities, and yield a note on each.

    A source without facts gives no name.
    """
    is_empty = facts.is_empty
    for key, name, place in context.city_aliases():
        if not is_empty:
            label = ox.Literal(name, language=UNDETERMINED)
            fact = Fact(context.iris.city(key), f"{PREFIXES['skos']}altLabel", label, place)
            facts.write(Facts(place, [fact.line()], [None]))
            yield _alias_note(context.known().by_key[key], name, place)


def _alias_note(city: City, name: str, place: Place) -> Problem:
    return Problem(
        "city-alias",
        f"{name!r} is read as {city}, and becomes one of its alternative names.",
        "No action is needed, unless it is another city; if so, write the key of that city.",
        place,
        Severity.INFO,
        name,
    )


_Named = tuple[str | None, str | None, str | None, int | None, str | None]


class _Columns(dict[str | None, str]):
    """The place numbers by column of one row, as text that ends a line of `places`."""

    def __init__(self, place: Place, named: dict[_Named, int]) -> None:
        super().__init__()
        self.place = place
        self._named = named

    def serve(self, place: Place) -> bool:
        """Return whether another place differs only in its row."""
        return _place_without_row(place) == _place_without_row(self.place)

    def __missing__(self, column: str | None) -> str:
        key = _place_without_row(self.place if column is None else column_place(self.place, column))
        end = self[column] = f" {self._named.setdefault(key, len(self._named))}\n"
        return end


def _place_without_row(place: Place) -> _Named:
    return place.file, place.sheet, place.column, place.line, place.path


class _Writer:
    """Writes lines of N-Triples, and in a second file the place of each."""

    def __init__(self, path: Path) -> None:
        self._path, self._beside = path, path.with_suffix(f"{path.suffix}.places")
        self._named: dict[_Named, int] = {}
        self._lines, self._places = list[str](), list[str]()
        self._columns = _Columns(Place(), self._named)

    def __enter__(self) -> Self:
        self._triples = self._path.open("w", encoding="utf-8", newline="")
        self._rows = self._beside.open("w")
        return self

    def __exit__(self, *_: object) -> None:
        with self._triples, self._rows:
            self._flush()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written."""
        return not self._lines and not self._triples.tell()

    def write(self, facts: Facts) -> None:
        row, columns = str(facts.place.row or 0), self._columns_of(facts.place)
        self._lines += facts.lines
        self._places += [row + columns[column] for column in facts.columns]
        if len(self._lines) >= _BATCH:
            self._flush()

    def _columns_of(self, place: Place) -> "_Columns":
        """Return the place numbers of a row; most rows share those of the row before."""
        if self._columns.place is not place:
            if not self._columns.serve(place):
                self._columns = _Columns(place, self._named)
            self._columns.place = place
        return self._columns

    def _flush(self) -> None:
        self._triples.write("".join(self._lines))
        self._rows.write("".join(self._places))
        self._lines.clear()
        self._places.clear()

    def file(self) -> PlaceFile:
        named = (
            Place(file, sheet, None, column, line, path=path)
            for file, sheet, column, line, path in self._named
        )
        return PlaceFile(self._path, self._beside, tuple(named))


def join_drafts(drafts: Iterable[Draft]) -> Draft:
    """Join the parts of one source into one draft."""
    parts = list(drafts)
    things = array("Q", (hashed for part in parts for hashed in part.things or ()))
    own = {problem.value for part in parts for problem in part.problems if problem.related}
    across = [
        problem
        for duplicate in duplicate_rows(
            (file for part in parts for file in part.places.files), things
        )
        if (problem := duplicate.problem(is_left_out=False)).value not in own
    ]
    return replace(
        parts[0],
        files=tuple(file for part in parts for file in part.files),
        places=Places(
            tuple(file for part in parts for file in part.places.files),
            tuple(file for part in parts for file in part.places.gaps),
        ),
        problems=(*(problem for part in parts for problem in part.problems), *across),
        suspects=_all_suspects(parts),
        rows=sum(part.rows or 0 for part in parts),
        things=things,
    )


def _all_suspects(parts: Iterable[Draft]) -> frozenset[str] | None:
    several = [part.suspects for part in parts]
    complete = [suspects for suspects in several if suspects is not None]
    return frozenset().union(*complete) if len(complete) == len(several) else None


def _with_progress(
    findings: Iterable[ReadResult], step: str, context: ReadContext, total: int | None
) -> Iterator[ReadResult]:
    """Yield the results, and report the number of rows read every 500 rows."""
    rows, last, before, step = 0, None, None, f"{step} (rows)"
    for finding in findings:
        place = finding.place
        if place is not before:  # usually the same row as before
            before, here = place, (place.file, place.row)
            if here != last:
                last = here
                rows += 1
                if rows % _EVERY == 0:
                    context.tell(step, rows, total)
        yield finding
    context.tell(step, rows, rows)


def count_lines(files: Iterable[Path | Traversable]) -> int:
    """Return the number of lines of files without their headers, as an estimate of the rows."""
    count = 0
    for file in files:
        with file.open("rb") as content:
            chunks = iter(partial(content.read, _CHUNK), b"")
            lines = sum(chunk.count(b"\n") for chunk in chunks)
        count += max(0, lines - 1)
    return count


def checksum(files: Iterable[Path | Traversable]) -> str:
    """Return the SHA-256 of a file in hex; for several files, of their hashes and names."""
    listed = list(files)
    if len(listed) == 1:
        return _sha256(listed[0])
    digest = hashlib.sha256()
    for file in listed:
        digest.update(f"{_sha256(file)}  {file.name}\n".encode())
    return digest.hexdigest()


def _sha256(file: Path | Traversable) -> str:
    if not isinstance(file, Path):
        return hashlib.sha256(file.read_bytes()).hexdigest()
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _path_iri(path: str) -> str:
    """Return the IRI of a path that a report abbreviates: `usdg:amount`, `<http://...>`."""
    if path.startswith("<"):
        return path.strip("<>")
    prefix, _, local = path.partition(":")
    return PREFIXES.get(prefix, f"{prefix}:") + local
