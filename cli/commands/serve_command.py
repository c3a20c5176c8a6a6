"""The command serve."""

import contextlib
import gc
import logging
import sys
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit

import typer

from urbansdg.cli.common_options import Base, DataDir
from urbansdg.cli.output import print_problems, summary
from urbansdg.errors import Problem, StoreMissing
from urbansdg.sandbox.forked_process import run_in_fork
from urbansdg.sandbox.temporary_folder import remove_abandoned_folders
from urbansdg.settings import Settings, read_settings
from urbansdg.store import Backend, open_or_create, open_store


def serve(
    *,
    data_dir: DataDir = None,
    base: Base = None,
    host: Annotated[
        str | None,
        typer.Option(help="The address to listen on. Default: URBANSDG_HOST, or 127.0.0.1."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="The port to listen on; 0 selects a free port. Default: URBANSDG_PORT, or 8000."
        ),
    ] = None,
    init: Annotated[
        bool, typer.Option("--init", help="Create the graph first, if there is none.")
    ] = False,
) -> None:
    """Serve the graph over HTTP: SPARQL at /sparql, linked data at /id and /doc."""
    gc.disable()  # what is imported stays: looking through it again and again takes 50 ms
    from urbansdg.endpoint.server import serve as serve_http

    gc.enable()

    settings = read_settings(data_dir=data_dir, base=base, host=host, port=port)
    remove_abandoned_folders()
    store = _complete(settings) if init else open_store(settings)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    settings = settings.model_copy(update={"base": store.base})
    serve_http(settings, store, lambda address: _announce(address, store))


def _complete(settings: Settings) -> Backend:
    """Open the graph; create and fill it first, if that was never done or was interrupted."""
    with contextlib.suppress(StoreMissing):
        store = open_store(settings)
        # Of a damaged graph, the newest whole version is served.
        if store.newest_whole().number > 0 or store.damage():
            return store
    # A fork does it: the engine leaves threads behind, and a process with threads must not fork.
    print_problems(run_in_fork(partial(_fill, settings)))
    return open_store(settings)


def _fill(settings: Settings) -> tuple[Problem, ...]:
    """Create and fill the graph; return the problems of the data."""
    from urbansdg.cli.commands.load_commands import initialised  # most starts load nothing

    store = open_or_create(settings)
    print("Creating the graph from the bundled data ...", file=sys.stderr, flush=True)
    return tuple(initialised(store).problems)


def _announce(address: str, store: Backend) -> None:
    print(f"Serving {summary(store.newest_whole())}, at {_known(address, store.base)}", flush=True)


def _known(address: str, base: str) -> str:
    """Return the base URI instead of the address, if it leads to the same port of this machine."""
    local = urlsplit(base)
    here = urlsplit(address)
    same = local.scheme == "http" and (local.port or 80) == here.port
    return base if same and local.hostname in {"localhost", here.hostname} else address
