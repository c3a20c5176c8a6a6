"""The exceptions of the project: what stops the work.

Problems in input are values (`urbansdg.errors.Problem`); an exception carries one or more.

    UrbanSdgError
    ├── SettingsError               a setting cannot be understood
    ├── StoreError
    │   ├── StoreMissing            there is no graph in the data directory
    │   ├── StoreExists             there is one already
    │   ├── StoreNotWritable        the directory cannot be written
    │   ├── BaseUriMismatch         the graph was made for another base URI
    │   ├── StoreBusy               another process is writing
    │   ├── EngineUnavailable       the SPARQL engine that holds the graph gives no good answer
    │   ├── NotWithEngine           what only a graph on this disk can do
    │   ├── WriteRefused            the graph may not be written, or not by this client
    │   ├── WriteLost               nobody can tell whether a write was done
    │   ├── VersionNotFound         no such version is kept
    │   └── VersionDamaged          a version's files are not whole
    ├── LoadError
    │   ├── SourceUnreadable        a file cannot be read or parsed
    │   └── InvalidData             the change does not validate
    ├── QueryError
    │   ├── QuerySyntaxError        the text is not SPARQL 1.1
    │   ├── QueryRefused            it asks for what is not allowed (SERVICE)
    │   ├── ServiceFailed           an endpoint that its SERVICE asks gave no answer
    │   ├── QueryTimeout            it took longer than allowed
    │   ├── QueryResourceExceeded   it took more memory, rows or bytes than allowed
    │   └── WorkersUnavailable      no worker was free in time
    ├── RequestError                an HTTP request that cannot be answered as asked
    │   └── NotAcceptable           no offered media type is accepted
    ├── ServeError
    │   └── PortTaken               another process listens on the port
    └── AuditError                  a site that is to be audited cannot be asked

Each class has a stable `code`, the `code` of the problem that it carries first.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

from urbansdg.errors.problem import Place, Problem


class UrbanSdgError(Exception):
    """The work cannot go on; `problems` says why, one or more, the first being the reason."""

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
        """Carry the message, the way to mend it, and the problems found, if there are any."""
        super().__init__(message)
        self.reason = Problem(self.code, message, remedy, place or Place(), value=value)
        self.problems: tuple[Problem, ...] = tuple(problems) or (self.reason,)

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error cross a process boundary."""
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
    """A setting cannot be understood."""

    code = "bad-setting"


class StoreError(UrbanSdgError):
    """The graph on disk cannot be used as asked."""

    code = "store"


class StoreMissing(StoreError):
    """There is no graph in the data directory."""

    code = "store-missing"


class StoreExists(StoreError):
    """There is a graph in the data directory already."""

    code = "store-exists"


class StoreNotWritable(StoreError):
    """The data directory cannot be written."""

    code = "store-not-writable"


class BaseUriMismatch(StoreError):
    """The graph was created for another base URI."""

    code = "base-uri-mismatch"


class StoreBusy(StoreError):
    """Another process is writing; the message names it."""

    code = "store-busy"


class EngineUnavailable(StoreError):
    """The SPARQL engine that holds the graph is down, slow, or answers what makes no sense."""

    code = "engine-unavailable"


class NotWithEngine(StoreError):
    """It takes versions on this disk, and the graph is in a SPARQL engine."""

    code = "not-with-engine"


class WriteRefused(StoreError):
    """The graph may not be written, or not by this client."""

    code = "write-refused"


class WriteLost(StoreError):
    """What did a write was killed before it told what came of it."""

    code = "write-lost"


class VersionNotFound(StoreError):
    """No version of that number is kept."""

    code = "version-not-found"


class VersionDamaged(StoreError):
    """The files of a version are not whole."""

    code = "version-damaged"


def damage_of(error: Exception) -> VersionDamaged | None:
    """Return what an error of RocksDB's means, which has no class of its own; None for others."""
    if not isinstance(error, RuntimeError) or not str(error).startswith("Corruption"):
        return None
    return VersionDamaged(
        f"The files of a version are damaged: {str(error)[:300]}.",
        "`urbansdg verify` says which versions are whole; go back to one by `urbansdg rollback`.",
    )


class LoadError(UrbanSdgError):
    """A load stopped; nothing of it is in the graph."""

    code = "load"


class SourceUnreadable(LoadError):
    """A file cannot be read or parsed."""

    code = "source-unreadable"


class InvalidData(LoadError):
    """The change does not validate against the shapes."""

    code = "invalid-data"


class QueryError(UrbanSdgError):
    """A query could not be answered."""

    code = "query"


class QuerySyntaxError(QueryError):
    """The text is not a SPARQL 1.1 query; the place gives line and column."""

    code = "query-syntax"


class QueryRefused(QueryError):
    """The query asks for what this endpoint does not allow."""

    code = "query-refused"


class ServiceFailed(QueryError):
    """Another endpoint, which the query asks with SERVICE, gave no answer that can be used."""

    code = "service-failed"


class QueryTimeout(QueryError):
    """The query took longer than its time limit."""

    code = "query-timeout"


class QueryResourceExceeded(QueryError):
    """The query took more memory, rows or bytes than its limit."""

    code = "query-resources"


class WorkersUnavailable(QueryError):
    """No worker was free in time."""

    code = "workers-unavailable"


class RequestError(UrbanSdgError):
    """An HTTP request cannot be answered as asked."""

    code = "bad-request"


class NotAcceptable(RequestError):
    """None of the offered media types is accepted, or the accepted one cannot hold the answer."""

    code = "not-acceptable"

    @classmethod
    def nameless(cls, iri: str) -> Self:
        """Return the error of a property or a class that RDF/XML cannot name."""
        return cls(
            f"RDF/XML has no name for <{iri}>, which the answer has.",
            "Accept another format, for example text/turtle or application/ld+json.",
            value=iri,
        )


class ServeError(UrbanSdgError):
    """The server cannot start."""

    code = "serve"


class PortTaken(ServeError):
    """Another process listens on the port."""

    code = "port-taken"


class AuditError(UrbanSdgError):
    """A site that is to be audited cannot be asked."""

    code = "audit"
