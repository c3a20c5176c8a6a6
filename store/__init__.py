"""The graph on disk as a sequence of immutable versions."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

from urbansdg.store.access_tokens import Allowance, Token, Tokens
from urbansdg.store.backend import Backend, Capabilities, Verification, VersionedBackend
from urbansdg.store.backup import backup, restore
from urbansdg.store.changes.change import (
    Change,
    Checked,
    Gate,
    Published,
    Replacement,
    Source,
    Touched,
    Unchanged,
    Verdict,
)
from urbansdg.store.changes.edit import Edit, Step
from urbansdg.store.engine.engine_client import Access, Engine
from urbansdg.store.engine.prefetch import gathered
from urbansdg.store.engine.readable_graph import Patterns, ReadableGraph
from urbansdg.store.engine.remote_graph import (
    Remote,
    containing,
    counted,
    find_quads,
    is_described,
    leading_to,
    linking,
    merged,
    statements,
)
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.open_store import open_directory, open_or_create, open_store
from urbansdg.store.privacy.redaction import Forgotten
from urbansdg.store.remote_store import RemoteStore
from urbansdg.store.repair import Repaired, repair
from urbansdg.store.retention import (
    damaged_versions,
    hold,
    prune,
    prune_damaged,
    superfluous,
)
from urbansdg.store.version_diff import difference, n_quads, rdf_patch
from urbansdg.store.versions.merged_store import MergedStore
from urbansdg.store.versions.tags import Tags
from urbansdg.store.versions.version import GraphCount, Version

__all__ = [
    "Access",
    "Allowance",
    "Backend",
    "Capabilities",
    "Change",
    "Checked",
    "Edit",
    "Engine",
    "Forgotten",
    "Gate",
    "GraphCount",
    "GraphStore",
    "MergedStore",
    "Patterns",
    "Published",
    "ReadableGraph",
    "Remote",
    "RemoteStore",
    "Repaired",
    "Replacement",
    "Source",
    "Step",
    "Tags",
    "Token",
    "Tokens",
    "Touched",
    "Unchanged",
    "Verdict",
    "Verification",
    "Version",
    "VersionedBackend",
    "backup",
    "containing",
    "counted",
    "damaged_versions",
    "difference",
    "find_quads",
    "gathered",
    "hold",
    "is_described",
    "leading_to",
    "linking",
    "merged",
    "n_quads",
    "open_directory",
    "open_or_create",
    "open_store",
    "prune",
    "prune_damaged",
    "rdf_patch",
    "repair",
    "restore",
    "statements",
    "superfluous",
]
