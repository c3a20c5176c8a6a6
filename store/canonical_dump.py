"""A version written out in canonical order: the same version gives the same bytes, always.

The order is that of canonical N-Quads, by code point, line by line (RDF Dataset Canonicalization,
W3C 2024, section 5); TriG and Turtle follow from it, graph by graph. A dump has the named graphs;
their merge, the default graph of queries, follows from them. gzip carries no time.
"""

import gzip
import heapq
import io
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Final

import pyoxigraph as ox

from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.store.engine.readable_graph import ReadableGraph

RUN: Final = 500_000
"""So many lines are sorted in memory at a time (some 150 MB); longer files are merged from runs."""


def write_nquads(quads: ReadableGraph, output: IO[bytes]) -> None:
    """Write every quad on a line of its own, the lines in order."""
    output.writelines(ordered_lines(quads))


def ordered_lines(quads: ReadableGraph) -> Iterator[bytes]:
    """Yield every quad as a line of N-Quads, in order."""
    with TemporaryFolder() as name:
        folder = Path(name)
        plain = folder / "plain.nq"
        quads.dump(str(plain), format=ox.RdfFormat.N_QUADS)
        yield from in_order(plain, folder)


def patched(
    lines: Iterable[bytes], removed: Collection[bytes], added: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield ordered lines without those removed, and with those added in their places."""
    return heapq.merge((line for line in lines if line not in removed), sorted(added))


def write_trig(quads: ReadableGraph, output: IO[bytes], prefixes: dict[str, str]) -> None:
    """Write every graph as TriG, the graphs and their triples in order."""
    ordered = (
        ox.Quad(triple.subject, triple.predicate, triple.object, graph)
        for graph in graphs(quads)
        for triple in _triples(quads, graph)
    )
    ox.serialize(ordered, output, format=ox.RdfFormat.TRIG, prefixes=prefixes)


def write_turtle(
    quads: ReadableGraph,
    graph: ox.NamedNode | ox.BlankNode,
    output: IO[bytes],
    prefixes: dict[str, str],
) -> None:
    """Write one graph as Turtle, its triples in order."""
    ox.serialize(_triples(quads, graph), output, format=ox.RdfFormat.TURTLE, prefixes=prefixes)


def graphs(quads: ReadableGraph) -> list[ox.NamedNode | ox.BlankNode]:
    """Return the graphs that hold a triple, in order."""
    return [
        graph
        for graph in sorted(quads.named_graphs(), key=str)
        if next(quads.quads_for_pattern(None, None, None, graph), None) is not None
    ]


@contextmanager
def gzipped(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to be written as gzip, without name and time in its header (RFC 1952, 2.3)."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        yield packed  # type: ignore[misc]  # typeshed: GzipFile writes bytes, but is no IO[bytes]


def packed(content: bytes) -> bytes:
    """Return what `gzipped` writes for a content."""
    raw = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as output:
        output.write(content)
    return raw.getvalue()


def _triples(quads: ReadableGraph, graph: ox.NamedNode | ox.BlankNode) -> Iterator[ox.Triple]:
    with TemporaryFolder() as name:
        folder = Path(name)
        plain, ordered = folder / "plain.nt", folder / "ordered.nt"
        quads.dump(str(plain), format=ox.RdfFormat.N_TRIPLES, from_graph=graph)
        with ordered.open("wb") as file:
            file.writelines(in_order(plain, folder))
        for quad in ox.parse(path=str(ordered), format=ox.RdfFormat.N_TRIPLES):
            yield quad.triple


def in_order(plain: Path, folder: Path) -> Iterator[bytes]:
    """Yield the lines of a file in order, holding no more than a run of them in memory."""
    with ExitStack() as opened:
        runs: list[IO[bytes]] = []
        with plain.open("rb") as lines:
            while run := sorted(islice(lines, RUN)):
                runs.append(opened.enter_context(tempfile.TemporaryFile(dir=folder)))
                runs[-1].writelines(run)
                runs[-1].seek(0)
        yield from heapq.merge(*runs)
