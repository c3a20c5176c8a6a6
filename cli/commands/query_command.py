"""The command query: one query, answered by a worker that may be killed."""

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from urbansdg.cli.common_options import DataDir, Number
from urbansdg.cli.output import print_table
from urbansdg.endpoint.query.query_session import workers_on
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.errors import NotAcceptable, Place, SourceUnreadable
from urbansdg.settings import Settings, read_settings
from urbansdg.store import Backend, open_store


class AnswerFormat(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    XML = "xml"
    CSV = "csv"
    TSV = "tsv"
    TURTLE = "turtle"
    NTRIPLES = "ntriples"
    RDFXML = "rdfxml"
    JSONLD = "jsonld"


_GRAPHS = {AnswerFormat.TURTLE, AnswerFormat.NTRIPLES, AnswerFormat.RDFXML, AnswerFormat.JSONLD}
_AS_GRAPH = {
    AnswerFormat.TABLE: AnswerFormat.TURTLE,
    AnswerFormat.JSON: AnswerFormat.JSONLD,
    AnswerFormat.XML: AnswerFormat.RDFXML,
}


def query(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE|-", help="A file with the query, or - for standard input."),
    ],
    *,
    form: Annotated[
        AnswerFormat, typer.Option("--format", help="The format of the result.")
    ] = AnswerFormat.TABLE,
    number: Number = None,
    data_dir: DataDir = None,
) -> None:
    """Run a SPARQL 1.1 query on the graph."""
    settings = read_settings(data_dir=data_dir, workers=1)
    store = open_store(settings)
    asyncio.run(_answer(_text(file), form, store, number, settings))


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "It is not text in UTF-8"
        raise SourceUnreadable(
            f"Cannot read the query: {reason}.",
            "Name a text file in UTF-8, or - for standard input.",
            place=Place(str(file)),
        ) from error


async def _answer(
    text: str, form: AnswerFormat, store: Backend, number: int | None, settings: Settings
) -> None:
    version = store.current() if number is None else store.version(number)
    store.view(version)  # a damaged version is an error here; its workers would be started for ever
    results = AnswerFormat.JSON if form is AnswerFormat.TABLE else form
    graphs = _AS_GRAPH.get(form, form)
    question = QueryMessage(
        text,
        None if results in _GRAPHS else results.value,
        graphs.value if graphs in _GRAPHS else None,
        union=store.default_graphs(),
    )
    try:
        async with (
            workers_on(version, settings.model_copy(update={"base": store.base})) as pool,
            pool.answer(question) as answer,
        ):
            if form is AnswerFormat.TABLE and not answer.is_graph:
                _print(b"".join([chunk async for chunk in answer.chunks()]))
                return
            async for chunk in answer.chunks():
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
    except NotAcceptable as error:
        fitting = (
            "table, json, xml, csv or tsv"
            if form in _GRAPHS
            else "turtle, ntriples, rdfxml or jsonld"
        )
        raise NotAcceptable(
            f"The result of this query cannot be printed as {form.value}.",
            f"Use --format with {fitting}.",
        ) from error


def _print(results: bytes) -> None:
    """Print results in JSON (SPARQL 1.1 Query Results JSON Format) as a table."""
    document = json.loads(results)
    if "boolean" in document:
        print("yes" if document["boolean"] else "no")
        return
    heads = document["head"]["vars"]
    rows = ([row.get(head, {}).get("value", "") for head in heads] for row in _rows(document))
    print_table(heads, rows)


def _rows(
    document: dict[str, dict[str, list[dict[str, dict[str, str]]]]],
) -> list[dict[str, dict[str, str]]]:
    return document["results"]["bindings"]
