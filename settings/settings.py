"""Settings from environment variables `URBANSDG_*`, which command-line options override."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ByteSize, Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from urbansdg.errors import Problem, SettingsError, Severity
from urbansdg.settings.retention_policy import OFF, checked_policy

PREFIX = "URBANSDG_"
ENGINE = "sparql+"
"""The prefix of the address of a SPARQL engine that holds the graph."""

_USER = re.compile(r"//[^/]*@")
"""User information in an address, perhaps with a password: not allowed there, and never shown."""


def checked_base(text: str) -> str:
    """Return a base URI without its last slash; raises ValueError where it is not valid."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a base URI starts with http:// or https:// and has a host")
    if parts.query or parts.fragment or any(letter in text for letter in ' <>"{}|\\^`'):
        raise ValueError("a base URI has no query, fragment, spaces, quotes or brackets")
    return text.rstrip("/")


def _checked_engine(text: str) -> str:
    """Check the address of a SPARQL engine, with or without `sparql+` and without credentials."""
    parts = urlsplit(text.removeprefix(ENGINE))
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError(f"the address of an engine has the form {ENGINE}http://host:port/path")
    if parts.username is not None or parts.fragment:
        raise ValueError(
            "an address has no user and no fragment; credentials have their own settings"
        )
    return text.removeprefix(ENGINE)


def _checked_store(text: str) -> str:
    if text and not text.startswith(ENGINE):
        raise ValueError(
            f"the address of an engine starts with {ENGINE}http:// or {ENGINE}https://"
        )
    return _checked_engine(text)


def _checked_contact(text: str) -> str:
    if text and not text.startswith(("mailto:", "https://", "http://")):
        raise ValueError("a contact is a mailto: URI or the URL of a page")
    if any(letter in text for letter in ' <>"{}|\\^`'):
        raise ValueError("a contact has no spaces, quotes or brackets")
    return text


def _checked_networks(text: str) -> str:
    for part in text.replace(",", " ").split():
        ip_network(part)
    return text


class Settings(BaseSettings):
    """All settings, in one frozen object; each field is a variable `URBANSDG_*`.

    Sizes are in bytes and may be written `512MiB` or `2GB`; times are in seconds.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    base: Annotated[str, AfterValidator(checked_base)] = Field(
        "http://localhost:8000",
        description="Base URI of the data, fixed when the graph is created",
    )
    publisher: str = Field(
        "Urban SDG graph", min_length=1, description="Name of the publisher of the data"
    )
    agent: str = Field(
        "operator",
        min_length=1,
        description="Name that is published as the author of changes made by commands",
    )
    contact: Annotated[str, AfterValidator(_checked_contact)] = Field(
        "", description="Contact for the dataset: a `mailto:` URI or a page"
    )
    data_dir: Path = Field(Path("var"), description="Directory that holds the graph")
    store: Annotated[str, AfterValidator(_checked_store)] = Field(
        "",
        description="Query URL, `sparql+http://...`, of a SPARQL engine that holds the graph",
    )
    store_update: Annotated[str, AfterValidator(_checked_engine)] = Field(
        "", description="Update URL of that engine; derived from the query URL if not set"
    )
    store_graphs: Annotated[str, AfterValidator(_checked_engine)] = Field(
        "", description="Graph Store Protocol URL of that engine; derived as well"
    )
    store_user: str = Field(
        "", description="User of that engine, for Basic or Digest authentication"
    )
    store_password: SecretStr = Field(
        SecretStr(""), description="The user's password, which is never shown"
    )
    store_seconds: float = Field(
        30.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest wait for data from that engine, in seconds",
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 selects a free one")
    workers: PositiveInt = Field(2, description="Number of query workers, each a process")
    front_ends: PositiveInt | None = Field(
        None,
        description=(
            "Processes that answer requests, each with at least one worker; unset uses one for each"
            " core, at most four"
        ),
    )
    query_seconds: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Time limit of a query, in seconds"
    )
    query_memory: ByteSize = Field(
        ByteSize(1 << 30),
        gt=0,
        description="Memory that a query may use in addition to its idle worker",
    )
    query_cpu_seconds: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Processor time limit of a query, in seconds"
    )
    query_rows: PositiveInt = Field(10_000_000, description="Largest number of rows in a response")
    query_bytes: ByteSize = Field(
        ByteSize(1 << 30), gt=0, description="Size limit of a response, in bytes"
    )
    query_length: ByteSize = Field(
        ByteSize(1 << 20), gt=0, description="Size limit of a query's text, in bytes"
    )
    memory_budget: ByteSize | None = Field(
        None,
        ge=0,
        description="Memory for the version; 0 serves from disk, unset uses half the free memory",
    )
    cache_bytes: ByteSize = Field(
        ByteSize(64 << 20), ge=0, description="Memory for cached responses; 0 disables the cache"
    )
    document_cache_bytes: ByteSize = Field(
        ByteSize(32 << 20), ge=0, description="Memory for cached documents; 0 disables the cache"
    )
    fresh_seconds: int = Field(
        10, ge=0, description="Seconds that a proxy may serve a response without revalidation"
    )
    archive_workers: PositiveInt = Field(
        2,
        description="Older versions that can be queried at once (`?version=N`), each by a process",
    )
    upload_bytes: ByteSize = Field(
        ByteSize(64 << 20), gt=0, description="Size limit of an uploaded graph, in bytes"
    )
    write_seconds: float = Field(
        120.0,
        gt=0,
        allow_inf_nan=False,
        description="Time limit of a write including its validation, in seconds",
    )
    write_memory: ByteSize = Field(
        ByteSize(4 << 30), gt=0, description="Address space of the process that validates a write"
    )
    wait_seconds: float = Field(
        10.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest wait for a free worker, or for an earlier write, in seconds",
    )
    client_queries: PositiveInt = Field(
        64, description="Queries of one client at once, including waiting ones"
    )
    client_seconds: float = Field(
        120.0,
        gt=0,
        allow_inf_nan=False,
        description="Worker time that a client may use per minute, in seconds",
    )
    trusted_proxies: Annotated[str, AfterValidator(_checked_networks)] = Field(
        "", description="Addresses or networks of proxies whose client address is trusted"
    )
    connections: PositiveInt = Field(
        1000,
        description=(
            "Connections at once; one address may have half of them, and where there are too many,"
            " the one that has waited longest for a request is closed"
        ),
    )
    fast_path: Literal["auto", "off"] = Field(
        "auto",
        description="Ordinary queries are answered on their connection (`auto`) or by ASGI (`off`)",
    )
    request_seconds: float = Field(
        20.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest time that the head of a request may take, in seconds",
    )
    service_hosts: str = Field(
        "",
        description=(
            "Hosts that SERVICE may contact, `host` or `host:port`; if empty, SERVICE is disabled"
        ),
    )
    service_networks: Annotated[str, AfterValidator(_checked_networks)] = Field(
        "",
        description="Networks that SERVICE may contact although not public, such as your own",
    )
    service_seconds: float = Field(
        20.0, gt=0, allow_inf_nan=False, description="Time limit of one SERVICE request, in seconds"
    )
    service_bytes: ByteSize = Field(
        ByteSize(1 << 24), gt=0, description="Size limit of one SERVICE response, in bytes"
    )
    service_calls: int = Field(
        20, gt=0, description="Most requests that one query makes by SERVICE, redirects included"
    )
    media_hosts: str = Field(
        "",
        description=(
            "Hosts that pictures are fetched from to show them on pages, `host` or `host:port`; if"
            " empty, pages have links to pictures instead"
        ),
    )
    media_networks: Annotated[str, AfterValidator(_checked_networks)] = Field(
        "",
        description="Networks that pictures are fetched from although not public",
    )
    media_bytes: ByteSize = Field(
        ByteSize(16 << 20), gt=0, description="Size limit of a fetched picture, in bytes"
    )
    media_seconds: float = Field(
        10.0, gt=0, allow_inf_nan=False, description="Time limit of fetching a picture, in seconds"
    )
    media_cache_bytes: ByteSize = Field(
        ByteSize(512 << 20),
        gt=0,
        description=(
            "Disk space for fetched pictures; over it, those that were shown longest ago are"
            " removed"
        ),
    )
    fetch_bytes: ByteSize = Field(
        ByteSize(1 << 30), gt=0, description="Size limit of a file loaded from a URL, in bytes"
    )
    fetch_seconds: float = Field(
        600.0, gt=0, allow_inf_nan=False, description="Time limit of the download, in seconds"
    )
    harvest_seconds: float = Field(
        60.0, ge=1, allow_inf_nan=False, description="Time limit of a page of a harvest, in seconds"
    )
    harvest_wait_seconds: float = Field(
        300.0,
        ge=0,
        allow_inf_nan=False,
        description="Longest wait before a harvest retries, whatever `Retry-After` says",
    )
    rml_command: str = Field(
        "", description="Command of an RML engine; `{config}`, `{mapping}` and `{output}` are files"
    )
    rml_seconds: float = Field(
        3600.0, gt=0, allow_inf_nan=False, description="Time limit of an RML engine, in seconds"
    )
    disk_free: ByteSize = Field(
        ByteSize(256 << 20),
        ge=0,
        description="Free space on the disk, at most a tenth of it, below which `/ready` is 503",
    )
    file_check_hours: float = Field(
        24.0,
        ge=0,
        allow_inf_nan=False,
        description="Hours between checks of all files of the current version; 0 disables them",
    )
    retention: Annotated[str, AfterValidator(checked_policy)] = Field(
        OFF,
        description=(
            "Which versions stay: days for all, then for one a day, a week, a month, such as"
            " `all=30 daily=365 weekly=1825 monthly=forever`; `off` keeps every version"
        ),
    )
    permanent_links: int = Field(
        100,
        ge=0,
        description=(
            "Versions that visitors may keep by asking for a permanent link, a tenth of them in a"
            " day; 0 disables permanent links"
        ),
    )
    access_log: bool = Field(
        False,  # noqa: FBT003  # a default
        description="Whether to log each request to standard error, without personal data",
    )
    lock_seconds: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Longest wait for another writer, in seconds"
    )


def read_settings(**options: object) -> Settings:
    """Return the settings of the environment, overridden by the options that are not None.

    Raises `SettingsError` with one problem for each invalid setting.
    """
    values = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**values)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        problems = [
            _problem(str(fault["loc"][0]), fault["msg"], fault["input"]) for fault in error.errors()
        ]
        raise SettingsError(problems[0].message, problems[0].remedy, problems=problems) from None


def unknown_settings(environment: Mapping[str, str]) -> list[Problem]:
    """Return a warning for each variable `URBANSDG_*` that is no setting, with the nearest name.

    Such a variable has no effect: it may be misspelt, or of another version.
    """
    known = [name.upper() for name in Settings.model_fields]
    ours = (name for name in environment if name.upper().startswith(PREFIX))
    names = sorted(name for name in ours if name.upper().removeprefix(PREFIX) not in known)
    return [_unknown(name, known) for name in names]


def _unknown(name: str, known: Sequence[str]) -> Problem:
    nearest = get_close_matches(name.upper().removeprefix(PREFIX), known, n=1)
    remedy = f"Did you mean {PREFIX}{nearest[0]}?" if nearest else "Remove it."
    return Problem(
        "unknown-setting",
        f"Unknown setting: {name}.",
        f"{remedy} The settings are in docs/reference/settings.md.",
        severity=Severity.WARNING,
        value=name,
    )


def _problem(name: str, fault: str, value: object) -> Problem:
    variable = f"{PREFIX}{name.upper()}"
    value = _USER.sub("//***@", str(value)) if isinstance(value, str) else value
    return Problem(
        SettingsError.code,
        f"Invalid setting {variable}={value!r}: {fault.removeprefix('Value error, ')}.",
        "See the table of settings in docs/reference/settings.md.",
        value=str(value),
    )
