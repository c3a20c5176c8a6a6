"""Settings from environment variables `URBANSDG_*`, overridden by options of the command."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ByteSize, Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from urbansdg.errors import Place, Problem, SettingsError

PREFIX = "URBANSDG_"
ENGINE = "sparql+"
"""Stands before the address of a SPARQL engine that holds the graph."""

_USER = re.compile(r"//[^/]*@")
"""A user, with a password perhaps, in an address: where it should not be, and not to be told."""


def _checked_base(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a base URI begins with http:// or https:// and names a host")
    if parts.query or parts.fragment or any(letter in text for letter in ' <>"{}|\\^`'):
        raise ValueError("a base URI has no query, no fragment and no blanks, quotes or brackets")
    return text.rstrip("/")


def _checked_engine(text: str) -> str:
    """Take the address of a SPARQL engine, `sparql+` before it or not; it tells no secrets."""
    parts = urlsplit(text.removeprefix(ENGINE))
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError(f"the address of an engine is {ENGINE}http://host:port/path")
    if parts.username is not None or parts.fragment:
        raise ValueError("an address has no user and no fragment; credentials have their own place")
    return text.removeprefix(ENGINE)


def _checked_store(text: str) -> str:
    if text and not text.startswith(ENGINE):
        raise ValueError(
            f"the address of an engine begins with {ENGINE}http:// or {ENGINE}https://"
        )
    return _checked_engine(text)


def _checked_contact(text: str) -> str:
    if text and not text.startswith(("mailto:", "https://", "http://")):
        raise ValueError("a contact is a mailto:, or the address of a page")
    if any(letter in text for letter in ' <>"{}|\\^`'):
        raise ValueError("a contact has no blanks, quotes or brackets")
    return text


def _checked_networks(text: str) -> str:
    for part in text.replace(",", " ").split():
        ip_network(part)
    return text


class Settings(BaseSettings):
    """Everything that can be set, in one frozen object; each field is one `URBANSDG_*` variable.

    Sizes are in bytes and may be written `512MiB` or `2GB`; times are in seconds.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    base: Annotated[str, AfterValidator(_checked_base)] = Field(
        "http://localhost:8000",
        description="Base URI of the data, fixed when the graph is created",
    )
    publisher: str = Field(
        "Urban SDG graph", min_length=1, description="Name of who publishes the data"
    )
    contact: Annotated[str, AfterValidator(_checked_contact)] = Field(
        "", description="Where to write to about the dataset: a `mailto:` or a page"
    )
    data_dir: Path = Field(Path("var"), description="Directory that holds the graph")
    store: Annotated[str, AfterValidator(_checked_store)] = Field(
        "",
        description="Address for queries, `sparql+http://...`, of an engine that has the graph",
    )
    store_update: Annotated[str, AfterValidator(_checked_engine)] = Field(
        "", description="Its address for updates; follows from that for queries where none is set"
    )
    store_graphs: Annotated[str, AfterValidator(_checked_engine)] = Field(
        "", description="Its address for the Graph Store Protocol; follows as well"
    )
    store_user: str = Field("", description="User of that engine, for Basic or Digest")
    store_password: SecretStr = Field(
        SecretStr(""), description="The user's password; nothing ever shows it"
    )
    store_seconds: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Longest silence of that engine, in seconds"
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    workers: PositiveInt = Field(2, description="Query workers, each one process")
    query_seconds: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Time limit of a query, in seconds"
    )
    query_memory: ByteSize = Field(
        ByteSize(1 << 30), gt=0, description="Memory a query may take beyond its idle worker"
    )
    query_cpu_seconds: float = Field(
        30.0, gt=0, allow_inf_nan=False, description="Processor time of a query, in seconds"
    )
    query_rows: PositiveInt = Field(10_000_000, description="Most rows in an answer")
    query_bytes: ByteSize = Field(
        ByteSize(1 << 30), gt=0, description="Size limit of an answer, in bytes"
    )
    query_length: ByteSize = Field(
        ByteSize(1 << 20), gt=0, description="Size limit of a query's text, in bytes"
    )
    memory_budget: ByteSize | None = Field(
        None,
        ge=0,
        description="Memory for the version; 0 serves from disk, unset takes half of the free",
    )
    cache_bytes: ByteSize = Field(
        ByteSize(64 << 20), ge=0, description="Memory for answers that are kept; 0 keeps none"
    )
    document_cache_bytes: ByteSize = Field(
        ByteSize(32 << 20), ge=0, description="Memory for documents that are kept; 0 keeps none"
    )
    fresh_seconds: int = Field(
        10, ge=0, description="How long a proxy may give an answer without asking, in seconds"
    )
    archive_workers: PositiveInt = Field(
        2, description="Older versions that are asked at once (`?version=N`), each one process"
    )
    upload_bytes: ByteSize = Field(
        ByteSize(64 << 20), gt=0, description="Size limit of a graph that is sent, in bytes"
    )
    write_seconds: float = Field(
        120.0, gt=0, allow_inf_nan=False, description="Time limit of a write with its validation"
    )
    write_memory: ByteSize = Field(
        ByteSize(4 << 30), gt=0, description="Address space of the process that validates a write"
    )
    wait_seconds: float = Field(
        10.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest wait for a free worker, or for a write before this one, in seconds",
    )
    client_queries: PositiveInt = Field(
        64, description="Queries of one client at once, those that wait too"
    )
    client_seconds: float = Field(
        120.0,
        gt=0,
        allow_inf_nan=False,
        description="Time of workers that one client may use in a minute, in seconds",
    )
    trusted_proxies: Annotated[str, AfterValidator(_checked_networks)] = Field(
        "", description="Addresses or networks of proxies whose word on the client is taken"
    )
    connections: PositiveInt = Field(
        1000, description="Connections at once; one address may have half of them"
    )
    fast_path: Literal["auto", "off"] = Field(
        "auto",
        description="Ordinary queries are answered on their connection (`auto`) or by ASGI (`off`)",
    )
    request_seconds: float = Field(
        20.0, gt=0, allow_inf_nan=False, description="Longest time that a request's head may take"
    )
    service_hosts: str = Field(
        "",
        description="Hosts that SERVICE may ask, `host` or `host:port`; without any it is closed",
    )
    service_networks: Annotated[str, AfterValidator(_checked_networks)] = Field(
        "", description="Networks that SERVICE may reach although they are not public: your own"
    )
    service_seconds: float = Field(
        20.0, gt=0, allow_inf_nan=False, description="Time limit of one SERVICE, in seconds"
    )
    service_bytes: ByteSize = Field(
        ByteSize(1 << 24), gt=0, description="Size limit of what one SERVICE gives, in bytes"
    )
    fetch_bytes: ByteSize = Field(
        ByteSize(1 << 30), gt=0, description="Size limit of a file that is loaded from a URL"
    )
    fetch_seconds: float = Field(
        600.0, gt=0, allow_inf_nan=False, description="Time limit of fetching one, in seconds"
    )
    harvest_seconds: float = Field(
        60.0, ge=1, allow_inf_nan=False, description="Time limit of a page of a harvest, in seconds"
    )
    harvest_wait_seconds: float = Field(
        300.0,
        ge=0,
        allow_inf_nan=False,
        description="Longest wait before a harvest asks again, whatever `Retry-After` says",
    )
    rml_command: str = Field(
        "", description="Command of an RML engine: `{config}`, `{mapping}`, `{output}` are files"
    )
    rml_seconds: float = Field(
        3600.0, gt=0, allow_inf_nan=False, description="Time limit of an RML engine, in seconds"
    )
    access_log: bool = Field(
        False,  # noqa: FBT003  # a default
        description="Whether each request is told of on standard error, without personal data",
    )
    lock_seconds: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Longest wait for another writer, in seconds"
    )


def read_settings(**options: object) -> Settings:
    """Return the settings of the environment, with the options that are not None on top.

    Raises `SettingsError` with one problem for each setting that cannot be understood.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        problems = [
            _problem(str(fault["loc"][0]), fault["msg"], fault["input"]) for fault in error.errors()
        ]
        raise SettingsError(problems[0].message, problems[0].remedy, problems=problems) from None


def _problem(name: str, fault: str, value: object) -> Problem:
    variable = f"{PREFIX}{name.upper()}"
    value = _USER.sub("//***@", str(value)) if isinstance(value, str) else value
    return Problem(
        SettingsError.code,
        f"The setting {variable} cannot be {value!r}: {fault.removeprefix('Value error, ')}.",
        "The table of settings in docs/how-to/operators.md says what it may be.",
        Place(column=variable),
        value=str(value),
    )
