"""Other SPARQL servers on the same triples, if installed."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.servers.own_servers import SCRIPTS, Peer, free_port, run_server
from benchmarks.servers.virtuoso_settings import write_virtuoso_settings

_LOADING = 1800.0  # seconds for a server to load the file and to respond
_BUFFERS = 170_000
"""As the manual of Virtuoso recommends for 2 GB of memory."""

_LOAD = "ld_add('{file}', '{graph}'); rdf_loader_run(); checkpoint;"


def missing_peers() -> list[str]:
    """Return a message for each peer that is not installed."""
    messages = []
    if not _rdflib().exists():
        messages.append("rdflib-endpoint is skipped: pip install --group bench")
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        messages.append("virtuoso is skipped: apt-get install virtuoso-opensource-7")
    return messages


@contextlib.contextmanager
def rdflib_endpoint(file: Path) -> Iterator[Peer | None]:
    """Run rdflib-endpoint on the triples of a file, in rdflib's memory store."""
    if not _rdflib().exists():
        yield None
        return
    port = free_port()
    command = (str(_rdflib()), "serve", "--host", "127.0.0.1", "--port", str(port), str(file))
    with run_server(command, port, {}, _LOADING) as process:
        yield Peer("rdflib", f"http://127.0.0.1:{port}/", process)


@contextlib.contextmanager
def virtuoso(folder: Path, file: Path, graph: str) -> Iterator[Peer | None]:
    """Run Virtuoso on the triples of a file, in the same named graph."""
    program = shutil.which("virtuoso-t")
    if program is None or shutil.which("isql-vt") is None:
        yield None
        return
    place, http, sql = folder / "virtuoso", free_port(), free_port()
    place.mkdir()
    (place / file.name).hardlink_to(file)
    settings = write_virtuoso_settings(
        place, (http, sql), buffers=_BUFFERS, threads=80, rows=1_000_000
    )
    with run_server((program, "+foreground", "+configfile", str(settings)), http, {}) as process:
        load = _LOAD.format(file=place / file.name, graph=graph)
        isql = ("isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}")
        subprocess.run(isql, check=True, capture_output=True, timeout=_LOADING)
        yield Peer("virtuoso", f"http://127.0.0.1:{http}/sparql", process, takes_forms=True)


def _rdflib() -> Path:
    return SCRIPTS / "rdflib-endpoint"
