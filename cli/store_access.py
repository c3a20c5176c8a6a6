"""The graph that a command is about, and the user who gives the command."""

import getpass
import sys
from typing import TypeVar

from urbansdg.errors import NotWithEngine
from urbansdg.settings import Settings
from urbansdg.store import AnyStore, GraphStore, Published, RemoteStore, opened

_Store = TypeVar("_Store", bound=AnyStore)


def kept(settings: Settings) -> GraphStore:
    """Open the graph of the settings, which has to be on this disk, where versions are kept."""
    store = opened(settings)
    if isinstance(store, RemoteStore):
        raise NotWithEngine(
            "The graph is in a SPARQL engine, which keeps no versions.",
            "Use what the engine has for this: its own backups and logs.",
        )
    return store


def presentable(store: _Store) -> _Store:
    """Leave out of a graph whom no consent covers today, and return it.

    Raises what `GraphStore.forget` raises where it has to and cannot.
    """
    ended = store.forget(user())
    if isinstance(ended, Published):
        number = ended.version.number
        print(f"Version {number} leaves out whom no consent covers today.", file=sys.stderr)
    return store


def user() -> str:
    """Return the name of the user, for the provenance of a change."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return "unknown"
