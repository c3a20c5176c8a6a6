"""Profiles: the shapes of one strictness, from the files in its folder.

`minimum` blocks a load, `recommended` warns, `complete` asks for every facet of know-how. Each
profile includes the less strict ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from typing import Final

import pyoxigraph as ox
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from urbansdg.errors import SettingsError, Severity
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.shapes.model.property_paths import curie, readable_path
from urbansdg.shapes.model.rdf_terms import to_rdflib

PROFILES: Final = ("minimum", "recommended", "complete")
_SEVERITIES: Final = {str(SH.Warning): Severity.WARNING, str(SH.Info): Severity.INFO}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a report says about a shape: its path in SPARQL syntax, the message and the remedy."""

    iri: str
    path: str | None
    message: str
    remedy: str
    severity: Severity


@dataclass(frozen=True, eq=False)
class ShapeProfile:
    """The shapes graph of a profile; compared by identity, because each is read once."""

    name: str
    graph: Graph

    def shape(self, iri: str) -> Shape:
        """Return what a report says about a shape."""
        node = URIRef(iri)
        path = self.graph.value(node, SH.path)
        severity = str(self.graph.value(node, SH.severity))
        message, _, remedy = self._message(node).partition(". ")
        return Shape(
            iri,
            None if path is None else readable_path(self.graph, path),
            f"{message.removesuffix('.')}." if message else f"The shape {curie(iri)} is violated.",
            remedy or "See the definition of the shape.",
            _SEVERITIES.get(severity, Severity.VIOLATION),
        )

    def _message(self, node: URIRef) -> str:
        """Return the English message: the problem in the first sentence, the remedy in the next."""
        messages = (
            message
            for message in self.graph.objects(node, SH.message)
            if isinstance(message, Literal)
        )
        return next((str(message) for message in messages if message.language == "en"), "")

    def targeted(self) -> list[Node]:
        """Return the shapes with a target, including implicit class targets (SHACL, 2.1.3)."""
        graph = self.graph
        predicates = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
        shapes = {shape for predicate in predicates for shape in graph.subjects(predicate)}
        shapes.update(
            shape for shape in graph.subjects(RDF.type, SH.NodeShape) if self._class(shape)
        )
        return sorted(shapes, key=str)

    def _class(self, shape: Node) -> bool:
        return any((shape, RDF.type, URIRef(kind)) in self.graph for kind in CLASSES)


CLASSES: Final = (f"{PREFIXES['rdfs']}Class", f"{PREFIXES['owl']}Class")


@cache
def read_profile(name: str) -> ShapeProfile:
    """Return a profile of the package by its name; each is read once.

    Raises `SettingsError` for an unknown profile.
    """
    if name not in PROFILES:
        raise SettingsError(f"Unknown profile: {name!r}.", f"Use one of {', '.join(PROFILES)}.")
    statements = (
        ox.parse(source.read_bytes(), ox.RdfFormat.TURTLE, rename_blank_nodes=True)
        for source in profile_files(name)
    )  # rdflib could parse Turtle too, in twice the time
    return ShapeProfile(name, to_rdflib(chain.from_iterable(statements)))


def profile_files(name: str) -> Iterator[Traversable]:
    """Yield the files of a profile and of the less strict ones, after the groups for forms."""
    package = files("urbansdg.shapes")
    yield package / "groups.ttl"
    for weaker in PROFILES[: PROFILES.index(name) + 1]:
        paths = (path for path in (package / weaker).iterdir() if path.name.endswith(".ttl"))
        yield from sorted(paths, key=lambda file: file.name)
