"""Tokens: who may write over HTTP to which graphs, and who has other limits.

A token's secret is shown once, when it is made; kept is its SHA-256, which is enough for 256 random
bits (no password that could be guessed).
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Self

from urbansdg.errors import WriteRefused
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.file_errors import write_failure
from urbansdg.store.versions.json_records import read_record
from urbansdg.store.versions.writer_lock import writing

ALL: Final = "*"
"""Stands for every graph."""

_MOST_NAMED: Final = 10
"""So many graphs are named in a refusal."""

_MARK: Final = "usdg_"  # no secret begins with a dash, which commands take for an option
_OBSOLETE: Final = "may_forget"
"""A field that release 0.3.0 wrote."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Limits on queries that a token has instead of the settings of the same names.

    None keeps the setting; times are in seconds, sizes in bytes.
    """

    query_seconds: float | None = None
    query_rows: int | None = None
    query_bytes: int | None = None
    query_memory: int | None = None
    client_queries: int | None = None
    client_seconds: float | None = None

    @property
    def raised(self) -> dict[str, float]:
        """Return the limits that are given, by their names."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Token:
    """What its bearer may: write to graphs (IRIs, `*`, `default`), and ask within an allowance.

    It is known by its label and its hash, and has its days. It may have no graph: then its bearer
    only reads. `creator` is who made it, empty where that was not recorded.
    """

    label: str
    graphs: tuple[str, ...]
    sha256: str
    created: str
    until: str | None = None
    creator: str = ""
    allowance: Allowance = Allowance()

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """Return the token of a record, as `asdict` writes it."""
        allowance = Allowance(**record.get("allowance", {}))
        fields = {name: value for name, value in record.items() if name != _OBSOLETE}
        return cls(**{**fields, "graphs": tuple(record["graphs"]), "allowance": allowance})

    @property
    def ended(self) -> bool:
        """Whether its last day is over."""
        return self.until is not None and date.fromisoformat(self.until) < datetime.now(UTC).date()

    def permit(self, graphs: frozenset[str]) -> None:
        """Let the graphs be written; raises `WriteRefused`, naming those outside the token."""
        if not self.graphs:
            raise WriteRefused(
                f"The token {self.label} is read-only.",
                "Ask the operator for a token for the graphs that you want to change.",
            )
        others = [] if ALL in self.graphs else sorted(graphs.difference(self.graphs))
        if others:
            named = ", ".join(others[:_MOST_NAMED])
            more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            raise WriteRefused(
                f"The token {self.label} cannot write to {named}{more}, which this change affects.",
                "Change only the graphs of the token, or ask the operator for another token.",
            )


def _tokens(record: object) -> tuple[Token, ...]:
    if not isinstance(record, list):
        raise TypeError("it is not a list of tokens")
    return tuple(map(Token.read, record))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of the graph in a data directory."""

    directory: Path

    def all(self) -> tuple[Token, ...]:
        """Return every token, the oldest first; raises `StoreError` for a damaged file."""
        return read_record(DataDirectory(self.directory).tokens, _tokens, "tokens", ())

    def create(
        self,
        label: str,
        graphs: tuple[str, ...] = (ALL,),
        until: date | None = None,
        creator: str = "",
        allowance: Allowance = Allowance(),
    ) -> str:
        """Make a token and return its secret, which nobody can read again.

        Raises `WriteRefused` where the label is taken, `StoreBusy`, `StoreNotWritable`.
        """
        secret = _MARK + secrets.token_urlsafe(32)
        token = Token(
            label,
            graphs,
            _hashed(secret),
            datetime.now(UTC).isoformat(timespec="seconds"),
            None if until is None else until.isoformat(),
            creator,
            allowance,
        )
        with writing(DataDirectory(self.directory).lock):
            tokens = self.all()
            if any(token.label == label for token in tokens):
                raise WriteRefused(
                    f"There is a token {label} already.",
                    "Revoke it first, or choose another label.",
                )
            self._write((*tokens, token))
        return secret

    def revoke(self, label: str) -> None:
        """Revoke a token; raises `WriteRefused` where there is none with that label."""
        with writing(DataDirectory(self.directory).lock):
            tokens = self.all()
            left = tuple(token for token in tokens if token.label != label)
            if left == tokens:
                raise WriteRefused(
                    f"There is no token {label}.", "List the tokens with `urbansdg token list`."
                )
            self._write(left)

    def of(self, secret: str) -> Token | None:
        """Return the token of a secret, None where there is none or it has ended."""
        digest = _hashed(secret)
        matches = [token for token in self.all() if hmac.compare_digest(token.sha256, digest)]
        return matches[0] if matches and not matches[0].ended else None

    def _write(self, tokens: tuple[Token, ...]) -> None:
        try:
            write_durably(
                DataDirectory(self.directory).tokens,
                json.dumps([asdict(token) for token in tokens], indent=1),
                mode=0o600,
            )
        except OSError as error:
            raise write_failure(error, self.directory) from error


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
