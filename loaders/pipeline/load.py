"""Loading: sources are read into drafts, and published together as one version of the graph.

Readers of each kind of source are in `urbansdg.loaders.readers`, the steps of the publication in
`urbansdg.store.publication`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import InvalidData, LoadError, Place, Problem
from urbansdg.loaders.drafts.draft import Draft, ReadContext, ReportProgress, no_progress
from urbansdg.loaders.drafts.quarantine import DraftFilter, Rejected
from urbansdg.loaders.gazetteer.city_gazetteer import (
    Gazetteer,
    cities_of_store,
    policies_of_store,
    read_choices,
    write_questions,
)
from urbansdg.loaders.gazetteer.graph_places import places_of_store
from urbansdg.loaders.pipeline.bundled_data import EXAMPLE, bundles
from urbansdg.loaders.pipeline.city_option import check_city_option, city_of_option
from urbansdg.loaders.pipeline.load_rules import LoadRules
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.loaders.remote.source_origin import Origin
from urbansdg.loaders.tables.csv_table import INCOMPLETE
from urbansdg.ontology.migrations import migration_updates
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.shapes import MINIMUM, validate_change, validate_store
from urbansdg.store import Backend, Change, Checked, Published, Touched, Unchanged, Verdict


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a load; `outcome` is None after a dry run that would change the graph.

    `rejected` counts the rows and triples written to the quarantine.
    """

    outcome: Published | Unchanged | None
    graphs: tuple[str, ...]
    problems: tuple[Problem, ...]
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a user adds to the sources: their reader, their city, their origins.

    `city` is a key or a name; `resolve` is a file of choices between cities of one name; `base_uri`
    resolves relative IRIs. `origins` has the origin of each file that was downloaded or converted.
    `replace` lets a source leave less than half of what its graph had from it.
    """

    reader: str | None = None
    city: str | None = None
    resolve: Path | None = None
    base_uri: str | None = None
    origins: Mapping[Path, Origin] = field(default_factory=dict)
    replace: bool = False


def initialise(
    store: Backend, agent: str, tell: ReportProgress = no_progress, *, example: bool = False
) -> LoadResult:
    """Load the bundled data, and bring all other data up to date with the ontology.

    With `example`, the invented example is loaded into a graph of its own; else it is removed:
    installations of version 0.3.0 and earlier have it among the real data. Problems of migrated
    data are reported, and do not block an upgrade. Persons whom an older release accepted have to
    leave first: `Backend.remove_persons`.

    Raises `StoreBusy`, `StoreNotWritable`, and `InvalidData` if other data refer to the removed
    example.
    """
    graph = store.iris.graph(EXAMPLE)
    removals = () if example or graph not in store.current().graphs else (graph,)
    with _read_context(store, tell, LoadOptions()) as context:
        drafts = [bundle.read(context) for bundle in bundles(example=example)]
        return _publish(
            drafts, store, agent, context, removals=removals, dry_run=False, migrates=True
        )


def load(
    paths: Sequence[Path],
    store: Backend,
    agent: str,
    *,
    graph: str | None = None,
    dry_run: bool = False,
    profile: str = MINIMUM,
    tell: ReportProgress = no_progress,
    options: LoadOptions | None = None,
    quarantine: Path | None = None,
) -> LoadResult:
    """Load sources as one version: each replaces the content of its graph. All of it, or nothing.

    Data is validated by the shapes of the profile. With `quarantine`, invalid data is written to
    that folder and the rest is loaded. With `dry_run`, nothing is published, and data that is
    already in the graph is validated too. A source of which nothing is accepted is refused, and
    so is one that would leave less than half of what its graph had from it, except with
    `options.replace`. Raises `SourceUnreadable` and `InvalidData` with every problem found,
    `StoreBusy`, `StoreNotWritable`.
    """
    options = options or LoadOptions()
    with _read_context(store, tell, options) as context:
        drafts = [_read(path, graph, context, options) for path in paths]
        if options.resolve is not None:
            write_questions(options.resolve, context.known())
        check_city_option(context, drafts)
        publish = partial(
            _publish,
            store=store,
            agent=agent,
            context=context,
            profile=profile,
            dry_run=dry_run,
            refuse=LoadRules(store.current(), store.iris, may_shrink=options.replace),
        )
        if quarantine is None:
            return publish(drafts)
        return _publish_valid(DraftFilter(drafts, paths, store.iris), publish, quarantine)


def _publish_valid(
    separation: DraftFilter, publish: Callable[[list[Draft]], LoadResult], folder: Path
) -> LoadResult:
    """Publish the valid data and write the rest to the folder.

    Removing data can invalidate what refers to it, so the rest is validated until it is stable.
    """
    rejected, problems, remaining_drafts = Rejected(), list[Problem](), list(separation.drafts)
    while True:
        try:
            loaded = publish(remaining_drafts)
        except InvalidData as error:
            wider = separation.rejected(error.problems, rejected)
            if wider == rejected:
                raise
            rejected = wider
            problems += [problem for problem in error.problems if problem not in problems]
            remaining_drafts = [
                separation.without_rejected(draft, rejected) for draft in separation.drafts
            ]
            if not any(file.stat().st_size for draft in remaining_drafts for file in draft.files):
                raise
        else:
            count = separation.write(folder, rejected, problems) if problems else 0
            more = tuple(problem for problem in loaded.problems if problem not in problems)
            return replace(loaded, problems=(*problems, *more), rejected=count)


def _read(path: Path, graph: str | None, context: ReadContext, options: LoadOptions) -> Draft:
    draft = reader_of(path, options.reader).read(path, graph, context)
    origin = options.origins.get(path)
    return draft if origin is None else replace(draft, source=origin.of(draft.source))


def _gazetteer(store: Backend, choices: Mapping[tuple[str, str], str]) -> Gazetteer:
    graph = store.read(store.current())
    return Gazetteer(
        cities_of_store(graph, store.iris),
        choices,
        read_places=partial(places_of_store, graph, store.iris),
    )


def _policies(store: Backend) -> Mapping[str, str]:
    return policies_of_store(store.read(store.current()), store.iris)


@contextmanager
def _read_context(
    store: Backend, tell: ReportProgress, options: LoadOptions
) -> Iterator[ReadContext]:
    with TemporaryFolder() as folder:
        known = cache(partial(_gazetteer, store, read_choices(options.resolve)))
        policies = partial(_policies, store)
        yield ReadContext(
            Path(folder),
            store.iris,
            tell,
            None if options.city is None else city_of_option(options.city, known()),
            known,
            base_uri=options.base_uri,
            policies=cache(policies),
        )


def _publish(
    drafts: list[Draft],
    store: Backend,
    agent: str,
    context: ReadContext,
    profile: str = MINIMUM,
    *,
    removals: tuple[str, ...] = (),
    dry_run: bool,
    migrates: bool = False,
    refuse: LoadRules | None = None,
) -> LoadResult:
    _check_distinct_graphs(drafts)
    problems = tuple(problem for draft in drafts for problem in draft.problems)
    graphs = tuple(draft.graph for draft in drafts)
    change = Change(
        agent,
        tuple(draft.replacement(store.iris) for draft in drafts),
        removals,
        migration=migration_updates() if migrates else (),
    )
    gate = _Gate(drafts, context.tell, profile, change.graphs if migrates else None)
    if not all(draft.whole for draft in drafts):
        raise _invalid(problems + _further(_check(store, change, gate).problems, problems))
    if refuse is not None and (refusals := tuple(refuse(drafts))):
        raise _invalid(problems + refusals)
    if dry_run:
        report = _check(store, change, gate)
        if not report.conforms:
            raise _invalid(problems + report.problems)
        return LoadResult(report.unchanged, graphs, problems + report.problems)
    try:
        outcome = store.publish(change, gate)
    except InvalidData as refused:
        raise _invalid(problems + refused.problems) from refused
    judged = outcome.problems if isinstance(outcome, Published) else ()
    return LoadResult(outcome, graphs, problems + judged)


def _invalid(problems: tuple[Problem, ...]) -> InvalidData:
    return InvalidData(
        "The source has problems; nothing was loaded.",
        "Fix the problems in the list and load again.",
        problems=problems,
    )


@dataclass(frozen=True, slots=True)
class _CheckReport:
    """The verdict on a change; `unchanged` is there where the graph has its content already."""

    conforms: bool
    problems: tuple[Problem, ...]
    unchanged: Unchanged | None = None


def _check(store: Backend, change: Change, gate: "_Gate") -> _CheckReport:
    """Validate a change without publishing it, or the graph if the change adds nothing."""
    outcome = store.check(change, gate)
    if isinstance(outcome, Unchanged):
        # The store does not call the gate for what it has already; a user of `validate` wants to
        # see the warnings all the same.
        problems = gate.check_again(store.read(store.current()))
        return _CheckReport(conforms=True, problems=problems, unchanged=outcome)
    return _CheckReport(outcome.conforms, outcome.problems)


def _further(judged: tuple[Problem, ...], problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the problems that the shapes add to those of reading: all can be fixed at once.

    A problem of a cell that could not be read, of a row that has one, or of a row that was not read
    or that describes a thing of another row is left out: it follows from what was found already.
    """
    cells = {_cell(problem.place) for problem in problems}
    cells |= {(*_cell(problem.place)[:3], None) for problem in problems}
    unread = {
        _cell(place)[:3]
        for problem in problems
        if problem.code == INCOMPLETE or problem.related
        for place in (problem.place, *problem.related)
    }
    return tuple(
        problem
        for problem in judged
        if _cell(problem.place) not in cells and _cell(problem.place)[:3] not in unread
    )


def _cell(place: Place) -> tuple[str | None, str | None, int | None, str | None]:
    return place.file, place.sheet, place.row, place.column


def _check_distinct_graphs(drafts: list[Draft]) -> None:
    often = [
        graph for graph, count in Counter(draft.graph for draft in drafts).items() if count > 1
    ]
    if often:
        raise LoadError(
            f"Two of the sources have the same graph, {often[0]}; each would replace the other.",
            "Load them one after the other, each with its own --graph.",
        )


@dataclass(frozen=True, slots=True)
class _Gate:
    """Validates a change by the shapes, and adds to each problem its place in the source.

    `replaced` are the graphs of a change that migrates: it is published despite the problems where
    it touches other graphs too.
    """

    drafts: list[Draft]
    tell: ReportProgress
    profile: str
    replaced: frozenset[str] | None = None

    def __call__(self, fork: RdfDataset, touched: Touched) -> Verdict:
        self.tell("Validating", 0, 1)
        report = validate_change(fork, touched, self.profile)
        self.tell("Validating", 1, 1)
        migrated = self.replaced is not None and not touched.graphs <= self.replaced
        return Checked(report.conforms or migrated, self._add_places(report.problems))

    def check_again(self, store: RdfDataset) -> tuple[Problem, ...]:
        """Return the problems of the sources' subjects in a graph that has them already."""
        files = (file for draft in self.drafts for file in draft.files)
        subjects = {subject for file in files for subject in _subjects(file)}
        report = validate_store(store, self.profile, subjects)
        return self._add_places(report.problems)

    def _add_places(self, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
        for draft in self.drafts:
            problems = draft.located(problems)
        return problems


def _subjects(file: Path) -> Iterator[str]:
    for quad in ox.parse(path=str(file)):
        if isinstance(quad.subject, ox.NamedNode):
            yield quad.subject.value
