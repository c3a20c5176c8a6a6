"""Opening the graph where the settings say: in the data directory, or in a SPARQL engine."""

from pathlib import Path

from urbansdg.errors import StoreMissing
from urbansdg.settings import Settings, read_settings
from urbansdg.store.backend import Backend
from urbansdg.store.engine.engine_client import Access
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.remote_store import RemoteStore


def open_store(settings: Settings) -> Backend:
    """Open the graph of the settings; a base URI that was given has to be the graph's own.

    Raises `StoreMissing`, `BaseUriMismatch`, `VersionDamaged`, `EngineUnavailable`.
    """
    access = Access.of(settings)
    if access is not None:
        return RemoteStore.open(settings.data_dir, settings.base, access, settings.lock_seconds)
    base = settings.base if "base" in settings.model_fields_set else None
    return GraphStore.open(settings.data_dir, base, settings.lock_seconds)


def open_directory(directory: Path) -> Backend:
    """Open the graph of a data directory, or of the engine that the environment names.

    A graph on this disk is opened whatever base URI the environment has. Raises as `open_store`.
    """
    settings = read_settings(data_dir=directory)
    return open_store(settings) if settings.store else GraphStore.open(directory)


def open_or_create(settings: Settings) -> Backend:
    """Open the graph of the settings, or create it where there is none; raises as `open_store`."""
    try:
        return open_store(settings)
    except StoreMissing:
        access, place = Access.of(settings), (settings.data_dir, settings.base)
        if access is not None:
            return RemoteStore.create(*place, access, settings.lock_seconds)
        return GraphStore.create(*place, settings.lock_seconds)
