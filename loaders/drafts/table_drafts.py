"""Folders of tables in CSV: the bundled ones, and those that a city keeps in the same form."""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path

from urbansdg.errors import Place
from urbansdg.loaders.drafts.canonical_links import with_canonical_links
from urbansdg.loaders.drafts.draft import (
    Draft,
    ReadContext,
    checksum,
    count_lines,
    join_drafts,
    write_draft,
)
from urbansdg.loaders.parse.facts import ReadResult, Record
from urbansdg.loaders.tables import (
    cities,
    exchange,
    know_how,
    measures,
    places,
    policies,
    sdg_framework_tables,
)
from urbansdg.loaders.tables.country_names import COUNTRIES
from urbansdg.loaders.tables.csv_table import WHOLE, Header, Span, is_utf8, read_table
from urbansdg.loaders.tables.field_mapping import table_results
from urbansdg.loaders.tables.table_partitions import TablePartition, partition_tables
from urbansdg.ontology.iris import Iris
from urbansdg.sandbox.process_pool import process_pool
from urbansdg.store import Source

Convert = Callable[[Record, Iris], Iterator[ReadResult]]
VERSION = "3"
"""Increase this number when the same tables give different triples."""

LARGE = 8 << 20
"""Bytes in total from which tables are read in several processes."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its file name, its columns, and the conversion of a row."""

    name: str
    header: Header
    convert: Convert


def _of_the_un(convert: Callable[[Record], Iterator[ReadResult]]) -> Convert:
    return lambda record, _: convert(record)


SDG_TABLES = (
    Table("sdg_goals.csv", sdg_framework_tables.GOALS, _of_the_un(sdg_framework_tables.goal)),
    Table("sdg_targets.csv", sdg_framework_tables.TARGETS, _of_the_un(sdg_framework_tables.target)),
    Table("sdg_agencies.csv", sdg_framework_tables.AGENCIES, sdg_framework_tables.agency),
    Table(
        "sdg_indicators.csv",
        sdg_framework_tables.INDICATORS,
        sdg_framework_tables.indicator,
    ),
    Table(
        "sdg_retired.csv",
        sdg_framework_tables.RETIRED,
        _of_the_un(sdg_framework_tables.retired_indicator),
    ),
)
COUNTRY_TABLES = (
    Table("areas.csv", places.AREAS, places.area),
    Table("countries.csv", COUNTRIES, places.country),
    Table("country_extents.csv", places.EXTENTS, places.extent),
)
CITY_TABLES = (
    Table("regions.csv", places.REGIONS, places.region),
    Table("cities.csv", places.CITIES, places.city),
    Table("city_areas.csv", places.CITY_AREAS, places.city_area),
    Table("populations.csv", places.POPULATIONS, places.population),
    Table("networks.csv", cities.NETWORKS, cities.network),
    Table("memberships.csv", cities.MEMBERSHIPS, cities.membership),
    Table("statements.csv", cities.STATEMENTS, cities.statement),
    Table("city_goals.csv", cities.CITY_GOALS, cities.city_goal),
)
POLICY_TABLES = (
    Table("organisations.csv", policies.ORGANISATIONS, policies.organisation),
    Table("policies.csv", policies.POLICIES, policies.policy),
    Table("budgets.csv", policies.BUDGETS, policies.budget),
    Table("periods.csv", policies.PERIODS, policies.period),
    Table("stakeholders.csv", policies.STAKEHOLDERS, policies.stakeholder),
    Table("obstacles.csv", policies.OBSTACLES, policies.obstacle),
    Table("claims.csv", policies.CLAIMS, policies.claim),
    Table("staff.csv", know_how.STAFF, know_how.staffing),
    Table("phases.csv", know_how.PHASES, know_how.phase),
    Table("status_changes.csv", know_how.STATUS_CHANGES, know_how.status_change),
    Table("outcomes.csv", know_how.OUTCOMES, know_how.outcome),
    Table("transfers.csv", know_how.TRANSFERS, know_how.transfer),
    Table("indicators.csv", measures.INDICATORS, measures.indicator),
    Table("datasets.csv", measures.DATASETS, measures.dataset),
    Table("observations.csv", measures.OBSERVATIONS, measures.observation),
    Table("cooperation.csv", exchange.COOPERATION, exchange.cooperation),
    Table("contacts.csv", exchange.CONTACTS, exchange.contact),
    Table("media.csv", exchange.MEDIA, exchange.medium),
    Table("events.csv", exchange.EVENTS, exchange.event),
    Table("opinions.csv", exchange.OPINIONS, exchange.opinion),
)
CITYS_OWN = (*CITY_TABLES, *POLICY_TABLES)


def read_tables(
    folder: Path | Traversable,
    tables: tuple[Table, ...],
    graph: str,
    context: ReadContext,
    licence: str | None = None,
    *,
    canonical: bool = False,
) -> Draft:
    """Read the tables that exist in the folder into one graph.

    `canonical` adds the IRIs that the things have in all installations. Raises `SourceUnreadable`.
    """
    present = [table for table in tables if folder.joinpath(table.name).is_file()]
    files = [folder.joinpath(table.name) for table in present]
    name = f"{folder.name}/{{{','.join(table.name for table in present)}}}"
    source = Source(
        files[0].name if len(files) == 1 else name,
        checksum(files),
        "tables",
        VERSION,
        licence=licence,
    )
    if isinstance(folder, Path) and tables is CITYS_OWN and _large(files):
        parts = _side_by_side(folder, present, graph, source, context)
        return replace(join_drafts(parts), graph=graph)
    read = chain.from_iterable(_read(folder, table, context.iris) for table in present)
    linked = with_canonical_links(read, context.iris) if canonical else read
    return write_draft(graph, linked, source, context, count_lines(files))


def _large(files: list[Path] | list[Traversable]) -> bool:
    """Return whether tables are read in parts, which only tables in UTF-8 can be."""
    tables = [file for file in files if isinstance(file, Path)]
    return sum(file.stat().st_size for file in tables) >= LARGE and all(map(is_utf8, tables))


def _side_by_side(
    folder: Path, tables: list[Table], graph: str, source: Source, context: ReadContext
) -> list[Draft]:
    """Read parts of the tables in parallel, the largest first so that no process ends late."""
    processes = os.cpu_count() or 1
    divided = partition_tables([folder / table.name for table in tables], processes)
    # The graph (`known`, `policies`) can be queried only in this process; tables do not need it.
    own = ReadContext(context.folder, context.iris)
    part = partial(_part, folder, graph=graph, source=source, context=own)
    largest_first = sorted(divided, key=lambda share: share.work, reverse=True)
    pool = process_pool(processes)
    try:
        futures = {share: pool.submit(part, share) for share in largest_first}
        _follow({futures[share]: share for share in divided}, source.name, context)
        return [futures[share].result() for share in divided]
    finally:
        pool.shutdown(cancel_futures=True)


def _follow(
    reading: Mapping[Future[Draft], TablePartition], step: str, context: ReadContext
) -> None:
    """Report progress until all parts are read; if one fails, cancel the parts after it."""
    order = list(reading)
    done, total = 0, sum(share.size for share in reading.values())
    for ended in as_completed(reading):
        if ended.cancelled():
            continue
        done += reading[ended].size
        context.tell(f"{step} (bytes)", done, total)
        if ended.exception():
            for later in order[order.index(ended) :]:
                later.cancel()


def _part(
    folder: Path, share: TablePartition, graph: str, source: Source, context: ReadContext
) -> Draft:
    table = next(table for table in CITYS_OWN if table.name == share.table)
    read = _read(folder, table, context.iris, share.span)
    return write_draft(f"{graph}-{share.name}", read, source, context, None)


def _read(
    folder: Path | Traversable, table: Table, iris: Iris, span: Span = WHOLE
) -> Iterator[ReadResult]:
    if table is SDG_TABLES[0]:
        yield from sdg_framework_tables.scheme(Place(table.name))
    rows = read_table(folder.joinpath(table.name), table.header, span=span)
    yield from table_results(rows, lambda record: table.convert(record, iris))
