"""The provenance of a version, in the graph itself: who, when, from which source, how validated.

PROV-O for the activity, its agent and its sources; SPDX checksums as DCAT 3 has them (6.17);
`sh:conforms` for the validation; VoID for the count of triples.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pyoxigraph as ox

from urbansdg.ontology.graph_precedence import precedence
from urbansdg.ontology.iris import Iris, part, slug
from urbansdg.ontology.media_types import SPARQL_UPDATE
from urbansdg.ontology.namespaces import PREFIXES, expanded
from urbansdg.sparql.update_operations import DEFAULT
from urbansdg.store.changes.change import Change, Dump, Source
from urbansdg.store.changes.edit import Step

GRAPH = "versions"
_XSD = PREFIXES["xsd"]
_TYPE = ox.NamedNode(f"{PREFIXES['rdf']}type")


@dataclass(frozen=True, slots=True)
class Account:
    """The facts about a version: its number, the one before, its time span and its counts."""

    number: int
    previous: int | None
    began: datetime
    ended: datetime
    added: int
    removed: int


def described(account: Account, change: Change, iris: Iris) -> list[ox.Quad]:
    """Return the statements on a version, for the graph of versions."""
    graph = ox.NamedNode(iris.graph(GRAPH))
    return [ox.Quad(*triple, graph) for triple in _version(account, change, iris)]


def _version(
    account: Account, change: Change, iris: Iris
) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    version = ox.NamedNode(iris.version(account.number))
    activity = ox.NamedNode(part(version.value, "activity"))
    yield version, _TYPE, _term("prov:Entity")
    yield version, _TYPE, _term("usdg:Version")
    yield version, _term("usdg:versionNumber"), _number(account.number)
    yield version, _term("prov:generatedAtTime"), _time(account.ended)
    yield version, _term("prov:wasGeneratedBy"), activity
    yield version, _term("usdg:triplesAdded"), _number(account.added)
    yield version, _term("usdg:triplesRemoved"), _number(account.removed)
    if account.previous:  # version 0 is empty and has no description
        before = ox.NamedNode(iris.version(account.previous))
        yield version, _term("prov:wasRevisionOf"), before
    if change.restores is not None:
        yield version, _term("prov:wasDerivedFrom"), ox.NamedNode(iris.version(change.restores))
    if change.dump is not None:
        yield from _dump(activity, change.dump)
    yield from _activity(activity, account, change, iris)
    for replacement in change.replacements:
        yield from _source(activity, replacement.graph, replacement.source, iris)
    for number, step in enumerate(change.edit.steps if change.edit else (), 1):
        yield from _request(activity, str(number), step)


def _activity(
    activity: ox.NamedNode, account: Account, change: Change, iris: Iris
) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    agent = ox.NamedNode(iris.thing("agent", slug(change.agent)))
    validation = ox.NamedNode(part(activity.value, "validation"))
    yield activity, _TYPE, _term("prov:Activity")
    yield activity, _term("prov:startedAtTime"), _time(account.began)
    yield activity, _term("prov:endedAtTime"), _time(account.ended)
    yield activity, _term("prov:wasAssociatedWith"), agent
    yield agent, _TYPE, _term("prov:Agent")
    yield agent, _term("foaf:name"), ox.Literal(change.agent)
    yield activity, _term("prov:generated"), validation
    yield validation, _TYPE, _term("sh:ValidationReport")
    yield validation, _term("sh:conforms"), ox.Literal(True)  # noqa: FBT003  # an RDF boolean


def _source(
    activity: ox.NamedNode, graph: str, source: Source, iris: Iris
) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    key = graph.removeprefix(iris.graph(""))
    entity = ox.NamedNode(part(activity.value, "source", key))
    yield activity, _term("prov:used"), entity
    yield entity, _TYPE, _term("prov:Entity")
    yield entity, _term("dcterms:title"), ox.Literal(source.name)
    if source.location is not None:
        yield entity, _term("prov:wasDerivedFrom"), ox.NamedNode(source.location)
    yield entity, _term("usdg:loadedInto"), ox.NamedNode(graph)
    yield entity, _term("usdg:readBy"), ox.Literal(f"{source.reader} {source.reader_version}")
    yield ox.NamedNode(graph), _term("usdg:precedence"), _number(precedence(graph))
    yield from _checksum(entity, source.sha256)
    for name, value in (("license", source.licence), ("rightsHolder", source.rights_holder)):
        if value is not None:
            yield ox.NamedNode(graph), _term(f"dcterms:{name}"), ox.NamedNode(value)


def _request(
    activity: ox.NamedNode, number: str, step: Step
) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    """Yield the description of the bytes of a request: their checksum and their media type."""
    digest = step.sha256
    if digest is None:
        return
    entity = ox.NamedNode(part(activity.value, "request", number))
    yield activity, _term("prov:used"), entity
    yield entity, _TYPE, _term("prov:Entity")
    yield entity, _term("dcterms:title"), ox.Literal("A request over HTTP", language="en")
    yield entity, _term("dcterms:format"), ox.Literal(step.form or SPARQL_UPDATE)
    if step.graph and step.graph != DEFAULT:
        yield entity, _term("usdg:loadedInto"), ox.NamedNode(step.graph)
    yield from _checksum(entity, digest)


def _dump(
    activity: ox.NamedNode, dump: Dump
) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    """Yield the description of the dump that a repair took: its name and its checksum."""
    entity = ox.NamedNode(part(activity.value, "dump"))
    yield activity, _term("prov:used"), entity
    yield entity, _TYPE, _term("prov:Entity")
    yield entity, _term("dcterms:title"), ox.Literal(dump.file.name)
    yield from _checksum(entity, dump.sha256)


def _checksum(
    entity: ox.NamedNode, sha256: str
) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    checksum = ox.NamedNode(part(entity.value, "checksum"))
    yield entity, _term("spdx:checksum"), checksum
    yield checksum, _TYPE, _term("spdx:Checksum")
    yield checksum, _term("spdx:algorithm"), _term("spdx:checksumAlgorithm_sha256")
    digest = ox.Literal(sha256, datatype=ox.NamedNode(f"{_XSD}hexBinary"))
    yield checksum, _term("spdx:checksumValue"), digest


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(expanded(name))


def _number(value: int) -> ox.Literal:
    return ox.Literal(value)


def _time(moment: datetime) -> ox.Literal:
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return ox.Literal(text, datatype=ox.NamedNode(f"{_XSD}dateTime"))
