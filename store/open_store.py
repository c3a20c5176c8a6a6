"""Where the graph is: in the data directory, or in a SPARQL engine that the settings name."""

from pathlib import Path

from urbansdg.errors import StoreMissing
from urbansdg.settings import Settings, read_settings
from urbansdg.store.engine.engine_client import Access
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.remote_store import RemoteStore

AnyStore = GraphStore | RemoteStore


def opened(settings: Settings) -> AnyStore:
    """Open the graph of the settings, holding one on this disk to a base URI that was given.

    Raises `StoreMissing`, `BaseUriMismatch`, `VersionDamaged`, `EngineUnavailable`.
    """
    access = Access.of(settings)
    if access is not None:
        return RemoteStore.open(settings.data_dir, settings.base, access, settings.lock_seconds)
    base = settings.base if "base" in settings.model_fields_set else None
    return GraphStore.open(settings.data_dir, base, settings.lock_seconds)


def opened_in(directory: Path) -> AnyStore:
    """Open the graph of a data directory, or of the engine and the base that the environment names.

    Raises as `opened` does. A graph on this disk is taken whatever base the environment has.
    """
    settings = read_settings(data_dir=directory)
    return opened(settings) if settings.store else GraphStore.open(directory)


def here(store: AnyStore) -> GraphStore:
    """Return the graph on this disk: that of an engine is brought here; raises as `read` does."""
    return store.brought() if isinstance(store, RemoteStore) else store


def created(settings: Settings) -> AnyStore:
    """Open the graph of the settings, or create it where there is none; raises as `opened` does."""
    try:
        return opened(settings)
    except StoreMissing:
        access, place = Access.of(settings), (settings.data_dir, settings.base)
        if access is not None:
            return RemoteStore.create(*place, access, settings.lock_seconds)
        return GraphStore.create(*place, settings.lock_seconds)
