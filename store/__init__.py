"""The graph on disk as a sequence of immutable versions."""

from urbansdg.store.change import (
    Change,
    Gate,
    Published,
    Replacement,
    Settlement,
    Source,
    Touched,
    Unchanged,
    Verdict,
)
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.version import GraphCount, Version

__all__ = [
    "Change",
    "Gate",
    "GraphCount",
    "GraphStore",
    "Published",
    "Replacement",
    "Settlement",
    "Source",
    "Touched",
    "Unchanged",
    "Verdict",
    "Version",
]
