"""Partitions of the tables of a folder, so that every process has work until the end."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urbansdg.loaders.tables.csv_table import WHOLE, Span

_ROW: Final = 200
"""The cost of a row beside that of its text, in bytes of text."""

_TURNS: Final = 2
"""The fewest partitions for each process; smaller tables fill the gaps between them."""

_MOST_PARTS: Final = 8
"""The most parts of a table: each part skips the rows before it."""

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class TablePartition:
    """A range of rows in a table; `size` is in bytes, `work` an estimate of the cost."""

    table: str
    size: int
    work: int
    span: Span = WHOLE

    @property
    def name(self) -> str:
        """The name of the table, and the first byte unless it is 0."""
        return f"{self.table}-{self.span.first}" if self.span.first else self.table


def partition_tables(files: Sequence[Path], processes: int) -> list[TablePartition]:
    """Divide tables between processes, in the order of the tables and their rows."""
    wholes = [TablePartition(file.name, file.stat().st_size, _work(file)) for file in files]
    fair = sum(whole.work for whole in wholes) / (_TURNS * processes)
    return [part for whole in wholes for part in _parts(whole, fair)]


def _work(file: Path) -> int:
    with file.open("rb") as source:
        rows = sum(chunk.count(b"\n") for chunk in iter(lambda: source.read(_CHUNK), b""))
    return file.stat().st_size + _ROW * rows


def _parts(whole: TablePartition, fair: float) -> list[TablePartition]:
    count = min(max(1, round(whole.work / fair)), _MOST_PARTS)
    cuts = [whole.size * part // count for part in range(count)]
    ends = [*cuts[1:], whole.size]
    spans = [Span(first, last) for first, last in zip(cuts, ends, strict=True)]
    spans[-1] = Span(cuts[-1], sys.maxsize)
    return [
        TablePartition(whole.table, last - first, whole.work // count, span)
        for first, last, span in zip(cuts, ends, spans, strict=True)
    ]
