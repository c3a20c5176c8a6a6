"""A rule is a query in a file; its header says the problem and the solution.

A query selects ?focus, ?path (a predicate) and ?value; where only some nodes are to be looked at,
they are given as `VALUES ?focus` in the place of the line `# focus`. Its header may name what else
it selects, as in `?city lies in ?country.`: each row is told in its own words.

Where all nodes are looked at, lines `# everywhere: ...` belong to the query: they say with what to
begin. Lines `# screen: ...` are a pattern that finds, by scans, every ?focus that may break the
rule and few others; the rule is then asked of these, as `urbansdg.shapes.engine.screening_queries`
has it for the shapes. Rules with the same screen are screened once. Both kinds of lines may name
`$paths`, the predicates of the graph. `$languages` is what a language tag begins with. `$unknown`
stands for the predicates and classes that a vocabulary of others lacks (`known_vocabularies`).

What a rule says of single statements may be seen in their text: its header's `Trace: ...` is a
regular expression on the bytes of N-Triples, as our loaders write them, that is found wherever the
rule is broken, and seldom elsewhere.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.ontology.namespaces import USDGSH
from urbansdg.shapes.engine.focus_nodes import portions
from urbansdg.shapes.engine.solutions import solutions
from urbansdg.shapes.model.lexical_spaces import LANGUAGES
from urbansdg.shapes.model.property_paths import curie
from urbansdg.shapes.model.validation_report import Result
from urbansdg.shapes.rules.known_vocabularies import unknown_terms

MOST = 100
"""At most so many problems of one rule are told."""

NAMED = 1_000
"""So many of the nodes that a screen finds are named; where that is not enough, all is asked."""

_PLACEHOLDER = "# focus"
_PATHS = "$paths"
_UNKNOWN = "$unknown"
_EVERYWHERE = re.compile(r"^( *)# everywhere: ", re.MULTILINE)
_SCREEN = re.compile(r"^ *# screen: (.*)$", re.MULTILINE)
_PREFIX = re.compile(r"^PREFIX .*$", re.MULTILINE)


RuleSolutions = list[ox.QuerySolution]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, what is wrong where it is broken, how to mend it, and its query.

    What breaks it is a violation, unless its header says `Severity: warning`. Its screen is a query
    for ?focus, its trace a pattern of bytes, each None where it has none.
    """

    name: str
    problem: str
    solution: str
    text: str
    severity: Severity = Severity.VIOLATION
    screen: str | None = None
    trace: str | None = None

    def query(self, focus: Collection[str] | None, paths: str = "", unknown: str = "") -> str:
        """Return the query on all nodes of a graph with these predicates, or on some of them.

        `unknown` are the predicates and classes there that no vocabulary has.
        """
        if focus is None:
            everywhere = _EVERYWHERE.sub(r"\1", self.text).replace(_PATHS, paths)
            return f"{everywhere.replace(_UNKNOWN, unknown)}\nLIMIT {MOST}"
        named = " ".join(f"<{iri}>" for iri in sorted(focus))
        values = f"VALUES ?focus {{ {named} }}"
        text = self.text.replace(_PLACEHOLDER, values).replace(_UNKNOWN, unknown)
        return f"{text}\nLIMIT {MOST}"


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules, by name."""
    found = (path for path in files(__package__ or "").iterdir() if path.name.endswith(".rq"))
    ordered = sorted(found, key=lambda path: path.name)
    return tuple(_read(path.name.removesuffix(".rq"), path.read_text("utf-8")) for path in ordered)


def traces() -> dict[str, str]:
    """Return the patterns of bytes that betray a broken rule, by the name of the rule."""
    return {rule.name: rule.trace for rule in rules() if rule.trace}


def broken_rules(
    store: ox.Store,
    focus: Collection[str] | None = None,
    suspects: Collection[str] | None = None,
) -> Iterator[tuple[Problem, Result]]:
    """Give what breaks the rules in the union of the store's graphs, at the focus or anywhere.

    Of the rules that leave a trace, only `suspects` are asked, if they are told.
    """
    every = [
        rule for rule in rules() if suspects is None or not rule.trace or rule.name in suspects
    ]
    named = None if focus is None else portions(store, focus)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        if named is None:
            found = _screened(store, every, pool.map)
        else:
            found = pool.map(partial(_among, store, named), every)
        for rule, rows in zip(every, found, strict=True):
            some = rows if focus is None or named else _narrowed(store, rule, rows, focus)
            yield from (_broken(rule, row) for row in some)


def _among(store: ox.Store, named: Iterable[Collection[str]], rule: Rule) -> RuleSolutions:
    """Return what breaks a rule among the nodes of some portions."""
    found: RuleSolutions = []
    for portion in named:
        unknown = _unknown(store, portion) if _UNKNOWN in rule.text else ""
        if unknown or _UNKNOWN not in rule.text:
            found += solutions(store, rule.query(portion, unknown=unknown))
        if len(found) >= MOST:
            break
    return found[:MOST]


def _narrowed(
    store: ox.Store, rule: Rule, rows: RuleSolutions, focus: Collection[str]
) -> RuleSolutions:
    """Return what breaks a rule at some of the nodes; where all was too much to be told, ask."""
    if len(rows) == MOST:
        unknown = _unknown(store, focus) if _UNKNOWN in rule.text else ""
        return solutions(store, rule.query(focus, unknown=unknown))
    return [row for row in rows if row["focus"].value in focus]


_Map = Callable[..., Iterator[RuleSolutions]]


def _screened(store: ox.Store, every: Sequence[Rule], each: _Map) -> Iterable[RuleSolutions]:
    """Ask the rules of what their screens leave, and those that have no screen of everything."""
    paths = _paths(store)
    screens = {rule.screen for rule in every if rule.screen}
    ordered = sorted(screens, key=lambda text: _PATHS not in text)  # those that take longest first
    found = each(lambda screen: solutions(store, screen.replace(_PATHS, paths)), ordered)
    left = {screen: _named(rows) for screen, rows in zip(ordered, found, strict=True)}
    return each(partial(_rows, store, left, paths), every)


def _paths(store: ox.Store) -> str:
    """Return the predicates of the store, as SPARQL names them."""
    rows = solutions(store, "SELECT DISTINCT ?path { ?any ?path ?thing }")
    return " ".join(str(row["path"]) for row in rows)


def _named(rows: RuleSolutions) -> list[str] | None:
    """Return the nodes that a screen found, in their order; None where one has no name."""
    nodes = [row["focus"] for row in rows]
    named = [node.value for node in nodes if isinstance(node, ox.NamedNode)]
    return named if len(named) == len(nodes) else None


def _rows(
    store: ox.Store, left: Mapping[str, list[str] | None], paths: str, rule: Rule
) -> RuleSolutions:
    """Return what breaks a rule; as answers are in the order of the nodes, the first may do."""
    nodes = left.get(rule.screen or "")
    if nodes is not None:
        rows = solutions(store, rule.query(nodes[:NAMED])) if nodes else []
        if len(nodes) <= NAMED or len(rows) == MOST:
            return rows
    unknown = _unknown(store) if _UNKNOWN in rule.text else ""
    return (
        []
        if _UNKNOWN in rule.text and not unknown
        else solutions(store, rule.query(None, paths, unknown))
    )


def _unknown(store: ox.Store, focus: Collection[str] | None = None) -> str:
    """Return the predicates and classes of some nodes, or of all, that a vocabulary lacks."""
    values = ""
    if focus is not None:
        values = f"VALUES ?focus {{ {' '.join(f'<{iri}>' for iri in sorted(focus))} }}"
    pattern = f"{values} {{ ?focus ?term ?value }} UNION {{ {values} ?focus a ?term }}"
    rows = solutions(store, f"SELECT DISTINCT ?term {{ {pattern} }}")
    iris = (row["term"].value for row in rows if isinstance(row["term"], ox.NamedNode))
    return " ".join(f"<{iri}>" for iri in sorted(unknown_terms(iris)))


def _read(name: str, text: str) -> Rule:
    text = text.replace("$languages", LANGUAGES)
    lines = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    told = dict(line.split(": ", 1) for line in lines if ": " in line)
    severity = Severity(told.get("Severity", Severity.VIOLATION))
    screen = _screen(text)
    return Rule(name, told["Problem"], told["Solution"], text, severity, screen, told.get("Trace"))


def _screen(text: str) -> str | None:
    """Return the query that screens for a rule; it finds one node more than are named."""
    pattern = "\n".join(_SCREEN.findall(text))
    if not pattern:
        return None
    prefixes = "\n".join(_PREFIX.findall(text))
    limit = f"ORDER BY ?focus LIMIT {NAMED + 1}"
    return f"{prefixes}\nSELECT DISTINCT ?focus {{\n{pattern}\n}} {limit}"


def _in_words(text: str, row: ox.QuerySolution) -> str:
    """Put the values of a row where the text names their variables."""
    return re.sub(r"\?([a-z]+)", lambda name: getattr(row[name[1]], "value", name[1]), text)


def _broken(rule: Rule, row: ox.QuerySolution) -> tuple[Problem, Result]:
    focus, path, value = row["focus"], row["path"], row["value"]
    if not isinstance(focus, ox.NamedNode | ox.BlankNode) or not isinstance(path, ox.NamedNode):
        raise TypeError(f"the rule {rule.name} is broken by {focus} along {path}")
    told = value if isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal) else None
    place = Place(focus=focus.value, path=curie(path.value))
    text = None if told is None else told.value
    problem, solution = (_in_words(each, row) for each in (rule.problem, rule.solution))
    found = Problem(f"rule.{rule.name}", problem, solution, place, rule.severity, text)
    return found, Result(USDGSH[rule.name], rule.name, focus, told, place.path)
