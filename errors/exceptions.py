"""The exceptions of the project.

Problems in input are values (`urbansdg.errors.Problem`); an exception carries one or more.

    UrbanSdgError
    ├── SettingsError               a setting is invalid
    ├── StoreError
    │   ├── StoreMissing            the data directory has no graph
    │   ├── StoreExists             the data directory already has a graph
    │   ├── StoreNotWritable        the data directory is not writable
    │   ├── BaseUriMismatch         the graph was created with another base URI
    │   ├── StoreBusy               another process is writing
    │   ├── SearchIndexDamaged      a search index cannot be used, and is made again
    │   ├── SearchIndexUnready      the search index of a version is being made
    │   ├── EngineUnavailable       the SPARQL engine that holds the graph does not respond well
    │   ├── NotWithEngine           the operation needs a graph on this disk
    │   ├── WriteRefused            the graph is read-only, or this client may not write it
    │   ├── WriteLost               the outcome of a write is unknown
    │   ├── VersionNotFound         there is no such version
    │   └── VersionDamaged          the files of a version are damaged
    ├── LoadError
    │   ├── SourceUnreadable        a file cannot be read or parsed
    │   └── InvalidData             the change does not validate
    ├── QueryError
    │   ├── QuerySyntaxError        the text is not SPARQL 1.1
    │   ├── QueryRefused            the query contains something that is not allowed (SERVICE)
    │   ├── ServiceFailed           an endpoint in SERVICE returned no usable response
    │   ├── QueryTimeout            the query exceeded its time limit
    │   ├── QueryResourceExceeded   the query exceeded its limit of memory, rows or bytes
    │   └── WorkersUnavailable      no worker became free in time
    ├── RequestError                the HTTP request is invalid
    │   └── NotAcceptable           the client accepts none of the available media types
    ├── ServeError
    │   └── PortTaken               another process listens on the port
    └── AuditError                  the site to audit cannot be contacted

Each class has a stable `code`, which is also the code of its first problem.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

from urbansdg.errors.problem import Place, Problem


class UrbanSdgError(Exception):
    """The work cannot continue; `problems` has one or more reasons, the main one first."""

    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        place: Place | None = None,
        value: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        """Create the error from a message, a remedy, and the problems found, if any."""
        super().__init__(message)
        self.reason = Problem(self.code, message, remedy, place or Place(), value=value)
        self.problems: tuple[Problem, ...] = tuple(problems) or (self.reason,)

    def __reduce__(self) -> tuple[object, ...]:
        """Make the error picklable, to cross process boundaries."""
        return _revive, (type(self), self.reason, self.problems)


def _revive(
    kind: type[UrbanSdgError], reason: Problem, problems: tuple[Problem, ...]
) -> UrbanSdgError:
    return kind(
        reason.message,
        reason.remedy,
        place=reason.place,
        value=reason.value,
        problems=problems,
    )


class SettingsError(UrbanSdgError):
    """A setting is invalid."""

    code = "bad-setting"


class StoreError(UrbanSdgError):
    """The graph on disk cannot be used for this operation."""

    code = "store"


class StoreMissing(StoreError):
    """The data directory has no graph."""

    code = "store-missing"


class StoreExists(StoreError):
    """The data directory already has a graph."""

    code = "store-exists"


class StoreNotWritable(StoreError):
    """The data directory is not writable."""

    code = "store-not-writable"


class BaseUriMismatch(StoreError):
    """The graph was created with another base URI."""

    code = "base-uri-mismatch"


class StoreBusy(StoreError):
    """Another process is writing; the message names it."""

    code = "store-busy"


class SearchIndexDamaged(StoreError):
    """A search index cannot be used, and is made again."""

    code = "search-index-damaged"


class SearchIndexUnready(StoreError):
    """The search index of a version is being made."""

    code = "search-index-unready"


class EngineUnavailable(StoreError):
    """The SPARQL engine that holds the graph is down, slow, or returns invalid responses."""

    code = "engine-unavailable"


class NotWithEngine(StoreError):
    """The operation needs versions on this disk, but the graph is in a SPARQL engine."""

    code = "not-with-engine"


class WriteRefused(StoreError):
    """The graph is read-only, or this client may not write it."""

    code = "write-refused"


class WriteLost(StoreError):
    """The process of a write was killed before it reported the outcome."""

    code = "write-lost"


class VersionNotFound(StoreError):
    """There is no version with this number."""

    code = "version-not-found"


class VersionDamaged(StoreError):
    """The files of a version are damaged."""

    code = "version-damaged"


def damage_of(error: Exception) -> VersionDamaged | None:
    """Return the meaning of a RocksDB error, which has no class of its own, or None."""
    if not isinstance(error, RuntimeError) or not str(error).startswith("Corruption"):
        return None
    return VersionDamaged(
        f"The files of a version are damaged: {str(error)[:300]}.",
        "Run `urbansdg verify` to list the intact versions, and `urbansdg rollback` to return "
        "to one.",
    )


class LoadError(UrbanSdgError):
    """A load failed; nothing of it is in the graph."""

    code = "load"


class SourceUnreadable(LoadError):
    """A file cannot be read or parsed."""

    code = "source-unreadable"


class InvalidData(LoadError):
    """The change does not validate against the shapes."""

    code = "invalid-data"


class QueryError(UrbanSdgError):
    """A query failed."""

    code = "query"


class QuerySyntaxError(QueryError):
    """The text is not a SPARQL 1.1 query; the place gives line and column."""

    code = "query-syntax"


class QueryRefused(QueryError):
    """The query contains something that this endpoint does not allow."""

    code = "query-refused"


class ServiceFailed(QueryError):
    """An endpoint in the query's SERVICE returned no usable response."""

    code = "service-failed"


class QueryTimeout(QueryError):
    """The query exceeded its time limit."""

    code = "query-timeout"


class QueryResourceExceeded(QueryError):
    """The query exceeded its limit of memory, rows or bytes."""

    code = "query-resources"


class WorkersUnavailable(QueryError):
    """No worker became free in time."""

    code = "workers-unavailable"


class RequestError(UrbanSdgError):
    """The HTTP request is invalid."""

    code = "bad-request"


class NotAcceptable(RequestError):
    """The client accepts none of the media types, or the accepted one cannot hold the answer."""

    code = "not-acceptable"

    @classmethod
    def nameless(cls, iri: str) -> Self:
        """Return the error of a property or a class that RDF/XML cannot name."""
        return cls(
            f"RDF/XML has no name for <{iri}>, which the answer has.",
            "Accept another format, for example text/turtle or application/ld+json.",
            value=iri,
        )

    @classmethod
    def unwritable(cls, code: str) -> Self:
        """Return the error of a character, by its code point, that XML cannot have."""
        return cls(
            f"XML cannot have the character {code}, which is in the answer.",
            "Accept another format, for example application/json or text/turtle.",
            value=code,
        )


class ServeError(UrbanSdgError):
    """The server cannot start."""

    code = "serve"


class PortTaken(ServeError):
    """Another process listens on the port."""

    code = "port-taken"


class AuditError(UrbanSdgError):
    """The site to audit cannot be contacted."""

    code = "audit"
