"""The settings of Virtuoso, for benchmarks and for the tests of stores in an engine."""

from pathlib import Path
from typing import Final

_SETTINGS: Final = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {folder}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = {threads}
MaxKeepAlives = {threads}
KeepAliveTimeout = 60
[SPARQL]
ResultSetMaxRows = {rows}
"""


def write_virtuoso_settings(
    folder: Path, ports: tuple[int, int], *, buffers: int, threads: int, rows: int
) -> Path:
    """Write the settings of a Virtuoso whose files are all in a folder; return their file.

    The ports of 127.0.0.1 are those of HTTP and of SQL. A buffer has 8 KiB, and three quarters of
    them may be dirty, as Virtuoso's manual recommends. `rows` bounds a result.
    """
    http, sql = ports
    file = folder / "virtuoso.ini"
    text = _SETTINGS.format(
        folder=folder,
        http=http,
        sql=sql,
        buffers=buffers,
        dirty=buffers * 3 // 4,
        threads=threads,
        rows=rows,
    )
    file.write_text(text, "ascii")
    return file
