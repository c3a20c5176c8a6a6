"""The SHACL to SPARQL compiler: one SELECT query for each constraint of a profile's shapes.

A shape with a constraint that is not covered is left to pyshacl as a whole (`Plan.uncovered`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rdflib import Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from urbansdg.shapes.engine import screening_queries
from urbansdg.shapes.engine.constraint_components import KNOWN, OF_PROPERTIES, Conditions, covers
from urbansdg.shapes.engine.focus_nodes import values
from urbansdg.shapes.model.property_paths import sparql_path
from urbansdg.shapes.model.shape_profile import CLASSES, ShapeProfile

_SILENT: Final = {
    *(SH.path, SH.property, SH.name, SH.description, SH.message, SH.severity, SH.order, SH.group),
    *(SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.deactivated),
    *(SH.defaultValue, SH.flags, SH.closed, SH.ignoredProperties, SH.hasValue),
}
"""Predicates that do not constrain values, or that are compiled here and not in `Conditions`."""


@dataclass(frozen=True, slots=True)
class ConstraintQuery:
    """A constraint as the body of a query for ?this, ?value and, for sh:closed, ?predicate.

    `target` is the pattern of its focus nodes; `screen` the pattern of nodes that may fail, if
    there is one (`urbansdg.shapes.engine.screening_queries`); `scan` the path and the failure of
    single values.
    """

    shape: str
    component: str
    target: str
    body: str
    screen: str | None = None
    scan: tuple[str, str] | None = None

    def query(self, focus: Iterable[str] | None = None) -> str:
        """Return the query for all focus nodes, or for those with the given IRIs."""
        named = "" if focus is None else values("this", focus)
        body = f"{named} {self.target} {self.body}"
        return f"SELECT DISTINCT ?this ?value ?predicate WHERE {{ {body} }}"


@dataclass(frozen=True, slots=True)
class ValidationPlan:
    """A compiled profile: the checks, and the shapes that only pyshacl can evaluate."""

    checks: tuple[ConstraintQuery, ...]
    uncovered: frozenset[str]


@lru_cache(maxsize=16)
def compile_profile(
    profile: ShapeProfile, subclasses: frozenset[tuple[str, str]] = frozenset()
) -> ValidationPlan:
    """Return the plan of a profile, given the (class, subclass) pairs in the data."""
    below: dict[str, tuple[str, ...]] = {}
    for above, sub in sorted(subclasses):
        below[above] = (*below.get(above, ()), sub)
    walk = _ShapeTraversal(profile.graph, below)
    checks = [check for shape in profile.targeted() for check in walk.targeted(shape)]
    return ValidationPlan(tuple(_share_screens(checks)), frozenset(walk.uncovered))


def _share_screens(checks: Sequence[ConstraintQuery]) -> Iterator[ConstraintQuery]:
    """Give checks of values along the same path one screen, which reads their triples once."""
    failures: dict[str, dict[str, None]] = {}
    for check in checks:
        if check.scan is not None:
            path, failure = check.scan
            failures.setdefault(path, {})[failure] = None
    for check in checks:
        if check.scan is None:
            yield check
        else:
            path, _ = check.scan
            yield replace(check, screen=screening_queries.of_values(path, failures[path]))


def classes(profile: ShapeProfile) -> list[str]:
    """Return the classes in the shapes, to look up their subclasses."""
    graph = profile.graph
    named = {*graph.objects(None, SH["class"]), *graph.objects(None, SH.targetClass)}
    implicit = {shape for kind in CLASSES for shape in graph.subjects(RDF.type, URIRef(kind))}
    return sorted(str(kind) for kind in named | implicit)


class _ShapeTraversal:
    """A traversal of the shapes graph that collects checks and uncovered shapes."""

    def __init__(self, shapes: Graph, subclasses: Mapping[str, tuple[str, ...]]) -> None:
        self.shapes = shapes
        self.conditions = Conditions(shapes, subclasses)
        self.uncovered: set[str] = set()
        self._own = _own_parameters(shapes)

    def targeted(self, shape: Node) -> Iterator[ConstraintQuery]:
        """Yield the checks of a shape with a target and of its property shapes."""
        properties = (
            []
            if self._is_deactivated(shape)
            else sorted(self.shapes.objects(shape, SH.property), key=str)
        )
        for target in self._targets(shape):
            yield from self._checks(shape, target)
            for property_shape in properties:
                yield from self._checks(property_shape, target)

    def _checks(self, shape: Node, target: str) -> Iterator[ConstraintQuery]:
        path = self.shapes.value(shape, SH.path)
        if self._is_deactivated(shape):
            return
        if not self._is_covered(shape, nested=path is not None, above=()):
            self._leave_to_pyshacl(shape)
        elif path is None:
            yield from self._node(shape, target)
        else:
            yield from self._property(shape, sparql_path(self.shapes, path), target)

    def _node(self, shape: Node, target: str) -> Iterator[ConstraintQuery]:
        itself = "BIND(?this AS ?value)"
        for condition in self.conditions.on_values(shape, "?this"):
            screen = None
            if condition.parameter == SH["or"]:
                screen = screening_queries.of_choice(target, self._alternatives(condition.argument))
            body = f"{itself} FILTER({condition.failure})"
            yield _check(shape, condition.parameter, target, body, screen)
        for required in self.shapes.objects(shape, SH.hasValue):
            other = f"FILTER(!sameTerm(?this, {required.n3()}))"
            yield _check(shape, SH.hasValue, target, other)
        if (shape, SH.closed, Literal(True)) in self.shapes:  # noqa: FBT003  # an RDF boolean
            allowed = ", ".join(sorted(self._allowed_predicates(shape)))
            step = f"?this ?predicate ?value FILTER(?predicate NOT IN ({allowed}))"
            yield _check(shape, SH.closed, target, step)

    def _property(self, shape: Node, path: str, target: str) -> Iterator[ConstraintQuery]:
        for condition in self.conditions.on_values(shape, "?value"):
            check = _check(
                shape,
                condition.parameter,
                target,
                f"?this {path} ?value FILTER({condition.failure})",
            )
            if not screening_queries.scannable(path):
                yield check
            elif condition.parameter == SH["class"]:
                instance = self.conditions.instance("?value", condition.argument)
                yield replace(check, screen=screening_queries.of_class(path, instance))
            else:
                yield replace(check, scan=(path, condition.failure))
        for condition in self.conditions.on_sets(shape, "?this", path):
            screen = screening_queries.of_set(condition.parameter, condition.argument, path, target)
            yield _check(shape, condition.parameter, target, f"FILTER({condition.failure})", screen)
        for condition in self.conditions.on_pairs(shape, "?this", path, "?value"):
            screen = screening_queries.of_pair(condition.parameter, path, condition.argument.n3())
            yield _check(shape, condition.parameter, target, condition.failure, screen)

    def _alternatives(self, several: Node) -> Iterator[str]:
        """Yield patterns; a node that matches one conforms to one of several shapes."""
        for shape in Collection(self.shapes, several):
            says = {*self.shapes.predicates(shape)} - {SH.path, SH.message, SH.name, SH.description}
            path, least = self.shapes.value(shape, SH.path), self.shapes.value(shape, SH.minCount)
            if path is not None and says == {SH.minCount} and str(least) == "1":
                yield f"?this {sparql_path(self.shapes, path)} {self.conditions.fresh()}"
            elif path is not None and says == {SH.hasValue}:
                required = " , ".join(
                    value.n3() for value in self.shapes.objects(shape, SH.hasValue)
                )
                yield f"?this {sparql_path(self.shapes, path)} {required}"

    def _allowed_predicates(self, shape: Node) -> Iterator[str]:
        for ignored in self.shapes.objects(shape, SH.ignoredProperties):
            yield from (item.n3() for item in Collection(self.shapes, ignored))
        for property_shape in self.shapes.objects(shape, SH.property):
            path = self.shapes.value(property_shape, SH.path)
            if isinstance(path, URIRef):
                yield path.n3()

    def _targets(self, shape: Node) -> Iterator[str]:
        objects = self.shapes.objects
        kinds = [*objects(shape, SH.targetClass)]
        if any((shape, RDF.type, URIRef(kind)) in self.shapes for kind in CLASSES):
            kinds.append(shape)
        yield from (self.conditions.instance("?this", kind) for kind in kinds)
        yield from (f"VALUES ?this {{ {n.n3()} }}" for n in objects(shape, SH.targetNode))
        for name in objects(shape, SH.targetSubjectsOf):
            yield f"?this {name.n3()} {self.conditions.fresh()} ."
        for name in objects(shape, SH.targetObjectsOf):
            yield f"{self.conditions.fresh()} {name.n3()} ?this ."

    def _is_deactivated(self, shape: Node) -> bool:
        return (shape, SH.deactivated, Literal(True)) in self.shapes  # noqa: FBT003  # RDF boolean

    def _leave_to_pyshacl(self, shape: Node) -> None:
        """Leave a shape, and the nested shapes with results of their own, to pyshacl."""
        self.uncovered.add(str(shape))
        if self.shapes.value(shape, SH.path) is not None:
            self.uncovered.update(map(str, self.shapes.transitive_objects(shape, SH.property)))

    def _is_covered(self, shape: Node, *, nested: bool, above: tuple[Node, ...]) -> bool:
        """Return whether all constraints of a shape are covered, including nested shapes."""
        if shape in above or (nested and (shape, SH.property, None) in self.shapes):
            return False
        if self.shapes.value(shape, SH.path) is None and not OF_PROPERTIES.isdisjoint(
            self.shapes.predicates(shape)
        ):
            return False
        return all(
            self._is_known(predicate, argument)
            and self._are_nested_covered(predicate, argument, (*above, shape))
            for predicate, argument in self.shapes.predicate_objects(shape)
        )

    def _is_known(self, predicate: Node, argument: Node) -> bool:
        if predicate in KNOWN:
            return covers(predicate, argument)
        foreign = not str(predicate).startswith(str(SH)) and predicate not in self._own
        return foreign or predicate in _SILENT

    def _are_nested_covered(self, predicate: Node, argument: Node, above: tuple[Node, ...]) -> bool:
        if predicate in {SH["and"], SH["or"], SH.xone}:
            inner = list(Collection(self.shapes, argument))
        elif predicate in {SH.node, SH["not"]}:
            inner = [argument]
        else:
            return True
        return all(self._is_expression(shape, above) for shape in inner)

    def _is_expression(self, shape: Node, above: tuple[Node, ...]) -> bool:
        """Return whether a shape can be an expression: not closed, no deactivated part."""
        busy = (SH.closed, SH.deactivated)
        if any((shape, predicate, None) in self.shapes for predicate in busy):
            return False
        properties = self.shapes.objects(shape, SH.property)
        return self._is_covered(shape, nested=False, above=above) and all(
            self._is_expression(property_shape, (*above, shape)) for property_shape in properties
        )


def _check(
    shape: Node, parameter: URIRef, target: str, body: str, screen: str | None = None
) -> ConstraintQuery:
    name = parameter.removeprefix(str(SH))
    return ConstraintQuery(str(shape), name[0].upper() + name[1:], target, body, screen)


def _own_parameters(shapes: Graph) -> set[Node]:
    """Return the parameters of constraint components that the shapes graph declares."""
    declared = shapes.objects(None, SH.parameter)
    return {path for parameter in declared for path in shapes.objects(parameter, SH.path)}
