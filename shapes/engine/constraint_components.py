"""Constraints of SHACL Core (SHACL, 4) as SPARQL expressions that are true for a failure.

Constraints that are not in `KNOWN`, or are used in a way that these expressions do not cover, are
left to pyshacl.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, count
from typing import Final

from rdflib import Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from urbansdg.shapes.engine.screening_queries import ORDERED
from urbansdg.shapes.model.lexical_spaces import DATED, FREE, NUMERIC, PATTERNS, XSD
from urbansdg.shapes.model.property_paths import sparql_path

_MOST = 4
"""Limit for counts, which need one variable per value; higher counts are left to pyshacl."""

BOUNDS: Final = {
    SH.minInclusive: ">=",
    SH.minExclusive: ">",
    SH.maxInclusive: "<=",
    SH.maxExclusive: "<",
}
_KINDS: Final = {
    SH.IRI: "isIRI({0})",
    SH.Literal: "isLiteral({0})",
    SH.BlankNode: "isBlank({0})",
    SH.BlankNodeOrIRI: "(isBlank({0}) || isIRI({0}))",
    SH.BlankNodeOrLiteral: "(isBlank({0}) || isLiteral({0}))",
    SH.IRIOrLiteral: "(isIRI({0}) || isLiteral({0}))",
}


@dataclass(frozen=True, slots=True)
class ConstraintFailure:
    """A constraint: the parameter of its component, the argument, and its failure in SPARQL."""

    parameter: URIRef
    argument: Node
    failure: str


class Conditions:
    """The failures of the shapes in one graph, in SPARQL.

    `subclasses` gives the subclasses of each class in the shapes, as in the data.
    """

    def __init__(self, shapes: Graph, subclasses: Mapping[str, tuple[str, ...]]) -> None:
        """Prepare for the shapes graph."""
        self.shapes = shapes
        self._subclasses = subclasses
        self._numbers = count()
        self.values: dict[Node, Callable[[Node, Node, str], str]] = {
            SH["class"]: lambda _, kind, value: f"NOT EXISTS {{ {self.instance(value, kind)} }}",
            SH.datatype: lambda _, datatype, value: _not_of(str(datatype), value),
            SH.nodeKind: lambda _, kind, value: f"!{_KINDS[URIRef(str(kind))].format(value)}",
            SH.pattern: self._pattern,
            SH.minLength: lambda _, least, value: _length(value, "<", least),
            SH.maxLength: lambda _, most, value: _length(value, ">", most),
            SH.languageIn: self._languages,
            SH["in"]: self._choice,
            SH["not"]: lambda _, other, value: f"!({self.fails(other, value)})",
            SH["and"]: lambda _, several, value: self._some(several, value),
            SH["or"]: lambda _, several, value: self._every(several, value),
            SH.xone: self._one,
            SH.node: lambda _, other, value: self.fails(other, value),
            **{bound: self._bound(sign) for bound, sign in BOUNDS.items()},
        }
        self.sets: dict[Node, Callable[[Node, Node, str, str], str]] = {
            SH.minCount: lambda _, least, focus, path: f"!({self._at_least(focus, path, least)})",
            SH.maxCount: self._max_count,
            SH.hasValue: lambda _, value, focus, path: (
                f"NOT EXISTS {{ {focus} {path} {value.n3()} }}"
            ),
            SH.uniqueLang: self._unique_language,
        }
        self.pairs: dict[Node, Callable[[str, str, str, str], str]] = {
            SH.equals: _equals,
            **{parameter: _no_less(sign) for parameter, sign in ORDERED.items()},
            SH.disjoint: lambda focus, path, other, value: (
                f"{focus} {path} {value} . {focus} {other} {value} ."
            ),
        }

    def fresh(self) -> str:
        """Return a variable that no other part of the queries uses."""
        return f"?v{next(self._numbers)}"

    def instance(self, value: str, kind: Node) -> str:
        """Return the pattern of an instance of a class or its subclasses."""
        below = self._subclasses.get(str(kind), ())
        if not below:
            return f"{value} a {kind.n3()} ."
        name = self.fresh()
        classes = " ".join(f"<{iri}>" for iri in (str(kind), *below))
        return f"VALUES {name} {{ {classes} }} {value} a {name} ."

    def fails(self, shape: Node, value: str) -> str:
        """Return the expression that is true if the value does not conform to the shape."""
        path = self.shapes.value(shape, SH.path)
        parts = self._node(shape, value) if path is None else self._property(shape, path, value)
        return " || ".join(f"({part})" for part in parts) or "false"

    def on_values(self, shape: Node, value: str) -> Iterator[ConstraintFailure]:
        """Yield the constraints on single values."""
        for parameter, failure in self.values.items():
            for argument in self.shapes.objects(shape, parameter):
                yield ConstraintFailure(
                    URIRef(str(parameter)), argument, failure(shape, argument, value)
                )

    def on_sets(self, shape: Node, focus: str, path: str) -> Iterator[ConstraintFailure]:
        """Yield the constraints on the set of values."""
        for parameter, failure in self.sets.items():
            for argument in self.shapes.objects(shape, parameter):
                text = failure(shape, argument, focus, path)
                yield ConstraintFailure(URIRef(str(parameter)), argument, text)

    def on_pairs(
        self, shape: Node, focus: str, path: str, value: str
    ) -> Iterator[ConstraintFailure]:
        """Yield the constraints on pairs of properties; the failure is a graph pattern."""
        for parameter, pattern in self.pairs.items():
            for other in self.shapes.objects(shape, parameter):
                text = pattern(focus, path, other.n3(), value)
                yield ConstraintFailure(URIRef(str(parameter)), other, text)

    def _node(self, shape: Node, value: str) -> Iterator[str]:
        yield from (condition.failure for condition in self.on_values(shape, value))
        for required in self.shapes.objects(shape, SH.hasValue):
            yield f"!sameTerm({value}, {required.n3()})"
        yield from self._below(shape, value)

    def _property(self, shape: Node, path: Node, focus: str) -> Iterator[str]:
        walk = sparql_path(self.shapes, path)
        yield from (condition.failure for condition in self.on_sets(shape, focus, walk))
        value = self.fresh()
        for condition in self.on_pairs(shape, focus, walk, value):
            yield f"EXISTS {{ {condition.failure} }}"
        failures = [condition.failure for condition in self.on_values(shape, value)]
        for failure in (*failures, *self._below(shape, value)):
            yield f"EXISTS {{ {focus} {walk} {value} FILTER({failure}) }}"

    def _below(self, shape: Node, value: str) -> Iterator[str]:
        for inner in self.shapes.objects(shape, SH.property):
            yield self.fails(inner, value)

    def _pattern(self, shape: Node, pattern: Node, value: str) -> str:
        flags = self.shapes.value(shape, SH.flags)
        more = "" if flags is None else f", {flags.n3()}"
        return f"isBlank({value}) || !REGEX(STR({value}), {pattern.n3()}{more})"

    def _languages(self, _: Node, ranges: Node, value: str) -> str:
        items = Collection(self.shapes, ranges)
        matches = " || ".join(f"LANGMATCHES(LANG({value}), {item.n3()})" for item in items)
        return f"!isLiteral({value}) || !({matches or 'false'})"

    def _choice(self, _: Node, choices: Node, value: str) -> str:
        items = Collection(self.shapes, choices)
        same = " || ".join(f"sameTerm({value}, {item.n3()})" for item in items)
        return f"!({same or 'false'})"

    def _some(self, several: Node, value: str) -> str:
        return " || ".join(f"({self.fails(shape, value)})" for shape in self._list(several))

    def _every(self, several: Node, value: str) -> str:
        return " && ".join(f"({self.fails(shape, value)})" for shape in self._list(several))

    def _one(self, _: Node, several: Node, value: str) -> str:
        hits = " + ".join(f"IF({self.fails(shape, value)}, 0, 1)" for shape in self._list(several))
        return f"({hits}) != 1"

    def _list(self, head: Node) -> list[Node]:
        return list(Collection(self.shapes, head))

    def _bound(self, sign: str) -> Callable[[Node, Node, str], str]:
        """Compare as numbers; a number too large for Oxigraph is compared as xsd:double."""

        def fails(_: Node, bound: Node, value: str) -> str:
            number = bound.n3()
            double = f"<{XSD}double>(STR({value}))"
            wide = f"DATATYPE({value}) IN (<{XSD}integer>, <{XSD}decimal>)"
            return (
                f"!(COALESCE({value} {sign} {number}, false)"
                f" || COALESCE({wide} && {double} {sign} {number}, false))"
            )

        return fails

    def _at_least(self, focus: str, path: str, least: Node) -> str:
        names = [self.fresh() for _ in range(_integer(least))]
        steps = " ".join(f"{focus} {path} {name} ." for name in names)
        apart = " && ".join(f"!sameTerm({a}, {b})" for a, b in combinations(names, 2))
        return f"EXISTS {{ {steps} {f'FILTER({apart})' if apart else ''} }}" if names else "true"

    def _max_count(self, _: Node, most: Node, focus: str, path: str) -> str:
        return self._at_least(focus, path, Literal(_integer(most) + 1))

    def _unique_language(self, _: Node, flag: Node, focus: str, path: str) -> str:
        if str(flag) != "true":  # `"1"^^xsd:boolean` does not count (SHACL, 4.4.2)
            return "false"
        one, other = self.fresh(), self.fresh()
        same = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({other}))'
        steps = f"{focus} {path} {one} . {focus} {path} {other} ."
        return f"EXISTS {{ {steps} FILTER({same} && !sameTerm({one}, {other})) }}"


def _integer(number: Node) -> int:
    return int(str(number))


def _length(value: str, sign: str, length: Node) -> str:
    return f"isBlank({value}) || STRLEN(STR({value})) {sign} {_integer(length)}"


def _not_of(datatype: str, value: str) -> str:
    if datatype == str(
        RDF.langString
    ):  # testing the language takes half the time of testing the datatype
        return f'!isLiteral({value}) || LANG({value}) = ""'
    failures = [f"!isLiteral({value})", f"DATATYPE({value}) != <{datatype}>"]
    if datatype in PATTERNS:
        failures.append(f"!REGEX(STR({value}), {Literal(PATTERNS[datatype]).n3()})")
    if datatype in DATED:
        failures.append(
            f"!BOUND({value}) || COALESCE(STR(<{XSD}date>(SUBSTR(STR({value}), 1, 10))), '') = ''"
        )
    return " || ".join(failures)


def _equals(focus: str, path: str, other: str, value: str) -> str:
    return (
        f"{{ {focus} {path} {value} FILTER NOT EXISTS {{ {focus} {other} {value} }} }}"
        f" UNION {{ {focus} {other} {value} FILTER NOT EXISTS {{ {focus} {path} {value} }} }}"
    )


def _no_less(sign: str) -> Callable[[str, str, str, str], str]:
    def fails(focus: str, path: str, other: str, value: str) -> str:
        than = f"{value}_than"
        pair = f"{focus} {path} {value} . {focus} {other} {than} ."
        return f"{pair} FILTER(!COALESCE({value} {sign} {than}, false))"

    return fails


KNOWN: Final = frozenset(
    {*Conditions(Graph(), {}).values, *Conditions(Graph(), {}).sets, *Conditions(Graph(), {}).pairs}
)
"""The parameters of the constraint components that these expressions cover."""


OF_PROPERTIES: Final = frozenset(Conditions(Graph(), {}).pairs)
"""Those parameters that are covered only in property shapes."""


def covers(parameter: Node, argument: Node) -> bool:
    """Return whether a constraint is covered, given the argument of its parameter."""
    if parameter == SH.datatype:
        return str(argument) in FREE or str(argument) in PATTERNS or XSD not in str(argument)
    if parameter in BOUNDS:
        return isinstance(argument, Literal) and str(argument.datatype) in NUMERIC
    if parameter == SH.minCount:
        return _integer(argument) <= _MOST
    return parameter != SH.maxCount or _integer(argument) < _MOST
