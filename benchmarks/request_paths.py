"""How many modules four requests pass through: a query, a page, the load of a workbook, an update.

    python -m benchmarks.request_paths

It runs each request twice on the bundled data, without kept answers, and traces the second run with
`sys.setprofile`. Per request it reports, for functions of this project alone:

- modules: how many modules have a function that is called;
- changes: how often a call is in another module than the call before it, in the same thread;
- calls: how many calls there are; a coroutine counts again each time it resumes.

For the update it also samples the processes that exist while it runs. For the workbook it reports
the types of ours that carry the text of one cell.
"""

import argparse
import datetime as dt
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, fields, is_dataclass
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Final

with warnings.catch_warnings():  # it asks for a client that is not released
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

from urbansdg.cli.application import run
from urbansdg.endpoint.app import create_endpoint
from urbansdg.settings import read_settings
from urbansdg.store import GraphStore

_ROOT: Final = Path(__file__).resolve().parents[1]
_CITY: Final = "1835848"
_CELL: Final = "Public transport reform of 2004"
_LABEL: Final = "http://www.w3.org/2004/02/skos/core#prefLabel"
_SELECT: Final = f"SELECT ?name {{ ?city <{_LABEL}> ?name }} LIMIT 9"
_UPDATE: Final = """INSERT DATA { GRAPH <http://localhost:8000/graph/updated> {
  <http://localhost:8000/id/organisation/new> <http://purl.org/dc/terms/title> "Run %s"@en } }"""


@dataclass
class Trace:
    """The calls of our functions while it is on; `modules` are paths below the root."""

    is_on: bool = False
    calls: int = 0
    changes: int = 0
    modules: set[str] = field(default_factory=set)
    carriers: set[str] = field(default_factory=set)
    cell: str | None = None
    _last: dict[int, str] = field(default_factory=dict)
    _names: dict[str, str | None] = field(default_factory=dict)

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Count a call; `sys.setprofile` makes these calls."""
        if not self.is_on or event != "call":
            return
        module = self._module(frame.f_code.co_filename)
        if module is None:
            return
        self.calls += 1
        self.modules.add(module)
        thread = threading.get_ident()
        if self._last.get(thread) != module:
            self.changes += thread in self._last
            self._last[thread] = module
        if self.cell is not None:
            for name in frame.f_code.co_varnames[: frame.f_code.co_argcount]:
                self._look(frame.f_locals.get(name), self.cell)

    def _module(self, file: str) -> str | None:
        if file not in self._names:
            path = Path(file).resolve()
            ours = (
                not file.startswith("<")
                and path.is_relative_to(_ROOT)
                and not path.is_relative_to(_ROOT / ".venv")
            )
            inside = ours and not path.is_relative_to(_ROOT / "benchmarks")
            self._names[file] = str(path.relative_to(_ROOT)) if inside else None
        return self._names[file]

    def _look(self, value: object, cell: str) -> None:
        """Note the type of a value that has the text of the cell in one of its fields."""
        kind = type(value)
        if not kind.__module__.startswith("urbansdg.") or not is_dataclass(kind):
            return
        if kind.__qualname__ not in self.carriers and any(
            _carries(getattr(value, field.name, None), cell) for field in fields(kind)
        ):
            self.carriers.add(kind.__qualname__)


def _carries(value: object, cell: str) -> bool:
    """Tell whether a field has the text: as itself, or in the first items of a collection."""
    if isinstance(value, str):
        return cell in value
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return any(isinstance(item, str) and cell in item for item in value[:50])
    return False


@contextmanager
def traced(trace: Trace) -> Iterator[None]:
    """Trace what runs within the block, in every thread that was started since `profiled`."""
    trace.is_on = True
    try:
        yield
    finally:
        trace.is_on = False


@contextmanager
def profiled(trace: Trace) -> Iterator[None]:
    """Install the trace in this thread and in those that are started within the block."""
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


@contextmanager
def processes(pids: set[str]) -> Iterator[None]:
    """Note the modules that child processes run while the block runs, by sampling."""
    ended = threading.Event()

    def sample() -> None:
        while not ended.is_set():
            pids.update(_children(Path("/proc/self")))
            time.sleep(0.001)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _children(process: Path) -> Iterator[str]:
    """Yield what the descendants of a process run; those that end meanwhile may be left out."""
    try:
        tasks = list((process / "task").iterdir())
        numbers = [number for task in tasks for number in (task / "children").read_text().split()]
    except OSError:
        return
    for number in numbers:
        child = Path("/proc") / number
        try:
            words = (child / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        ours = [word for word in words[1:] if word.startswith("urbansdg.")]
        if ours:
            yield " ".join(name.rpartition(".")[2] for name in ours)
        yield from _children(child)


def command(*words: object) -> str:
    """Run the command `urbansdg` in this process and return what it prints."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        code = run([str(word) for word in words])
    assert code == 0, (words, code)
    return out.getvalue().strip()


def over_http(folder: Path) -> dict[str, Trace]:
    """Return the traces of a query, a page and an update, over ASGI."""
    secret = command("token", "create", "traced", "--data-dir", folder).split()[-1]
    settings = read_settings(data_dir=folder, cache_bytes=0, document_cache_bytes=0)
    store = GraphStore.open(folder)
    page = {"Accept": "text/html"}
    write = {"Authorization": f"Bearer {secret}"}
    runs = iter(range(9))
    requests: dict[str, Callable[[TestClient], int]] = {
        "SELECT over ASGI": lambda client: (
            client.get("/sparql", params={"query": _SELECT}).status_code
        ),
        "/doc/... as HTML": lambda client: (
            client.get("/doc/city/1835848", headers=page).status_code
        ),
        "update": lambda client: (
            client.post("/sparql", data={"update": _UPDATE % next(runs)}, headers=write).status_code
        ),
    }
    traces = {}
    for name, request in requests.items():
        trace = traces[name] = Trace()
        with profiled(trace), TestClient(create_endpoint(settings, store).app) as client:
            assert request(client) in (200, 204), name
            with traced(trace), processes(trace.carriers if name == "update" else set()):
                assert request(client) in (200, 204), name
    return traces


def of_a_workbook(folder: Path, book: Path) -> Trace:
    """Return the trace of the load of a workbook."""
    command("template", book, "--city", _CITY, "--data-dir", folder)
    load = ("load", book, "--graph", "traced", "--data-dir", folder)
    command(*load, "--dry-run")
    trace, carriers = Trace(), Trace(cell=_CELL)
    for manager in (trace, carriers):
        with profiled(manager), traced(manager):
            command(*load, "--dry-run")
    trace.carriers = carriers.carriers
    return trace


def main() -> None:
    """Trace the four requests and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", action="store_true", help="list the modules of each request")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary_folder:
        folder = Path(temporary_folder) / "graph"
        command("init", "--data-dir", folder)
        traces = over_http(folder)
        traces["workbook"] = of_a_workbook(folder, Path(temporary_folder) / "city.xlsx")
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d}")
    print(f"{'request':<20} {'modules':>8} {'changes':>8} {'calls':>8}")
    for name, trace in traces.items():
        print(f"{name:<20} {len(trace.modules):>8,} {trace.changes:>8,} {trace.calls:>8,}")
    print("types for one cell:", ", ".join(sorted(traces["workbook"].carriers)))
    print("processes of an update:", ", ".join(sorted(traces["update"].carriers)))
    if arguments.modules:
        for name, trace in traces.items():
            print(f"\n{name}:", *sorted(trace.modules), sep="\n  ")


if __name__ == "__main__":
    main()
