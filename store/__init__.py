"""The graph on disk as a sequence of immutable versions."""

from urbansdg.store import consent
from urbansdg.store.archive import backup, restore
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
from urbansdg.store.difference import difference, n_quads, rdf_patch
from urbansdg.store.edit import Edit, Step
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.retention import hold, prune
from urbansdg.store.tags import Tags
from urbansdg.store.tokens import Allowance, Token, Tokens
from urbansdg.store.version import GraphCount, Version

__all__ = [
    "Allowance",
    "Change",
    "Edit",
    "Gate",
    "GraphCount",
    "GraphStore",
    "Published",
    "Replacement",
    "Settlement",
    "Source",
    "Step",
    "Tags",
    "Token",
    "Tokens",
    "Touched",
    "Unchanged",
    "Verdict",
    "Version",
    "backup",
    "consent",
    "difference",
    "hold",
    "n_quads",
    "prune",
    "rdf_patch",
    "restore",
]
