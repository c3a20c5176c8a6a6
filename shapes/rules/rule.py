"""A rule is a query in a file; its header says the problem and the solution.

A query selects ?focus, ?path (a predicate) and ?value; where only some nodes are to be looked at,
they are given as `VALUES ?focus` in the place of the line `# focus`. Lines `# everywhere: ...`
belong to the query where all nodes are looked at: they say with what to begin. Its header may name
what else it selects, as in `?city lies in ?country.`: each row is told in its own words.
"""

import os
import re
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files

import pyoxigraph as ox

from urbansdg.ontology.names import USDGSH
from urbansdg.problems import Place, Problem, Severity
from urbansdg.shapes.paths import curie
from urbansdg.shapes.report import Result
from urbansdg.shapes.solutions import solutions

MOST = 100
"""At most so many problems of one rule are told."""

_PLACEHOLDER = "# focus"
_EVERYWHERE = re.compile(r"^( *)# everywhere: ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name, what is wrong where it is broken, how to mend it, and its query.

    What breaks it is a violation, unless its header says `Severity: warning`.
    """

    name: str
    problem: str
    solution: str
    text: str
    severity: Severity = Severity.VIOLATION

    def query(self, focus: Collection[str] | None) -> str:
        """Return the query on all nodes, or on some of them."""
        if focus is None:
            everywhere = _EVERYWHERE.sub(r"\1", self.text)
            return f"{everywhere}\nLIMIT {MOST}"
        named = " ".join(f"<{iri}>" for iri in sorted(focus))
        values = f"VALUES ?focus {{ {named} }}"
        return f"{self.text.replace(_PLACEHOLDER, values)}\nLIMIT {MOST}"


def rules() -> tuple[Rule, ...]:
    """Return the rules, by name."""
    found = (path for path in files(__package__ or "").iterdir() if path.name.endswith(".rq"))
    ordered = sorted(found, key=lambda path: path.name)
    return tuple(_read(path.name.removesuffix(".rq"), path.read_text("utf-8")) for path in ordered)


def broken_rules(
    store: ox.Store, focus: Collection[str] | None = None
) -> Iterator[tuple[Problem, Result]]:
    """Give what breaks the rules in the union of the store's graphs, at the focus or anywhere."""
    every = rules()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda rule: solutions(store, rule.query(focus)), every)
        for rule, rows in zip(every, found, strict=True):
            yield from (_broken(rule, row) for row in rows)


def _read(name: str, text: str) -> Rule:
    lines = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
    told = dict(line.split(": ", 1) for line in lines if ": " in line)
    severity = Severity(told.get("Severity", Severity.VIOLATION))
    return Rule(name, told["Problem"], told["Solution"], text, severity)


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
