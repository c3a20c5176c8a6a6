"""The operations of an update (SPARQL 1.1 Update, section 3): where each begins, and its parts.

The engine evaluates an update and does not report what it changed. For an operation with a WHERE
clause the engine can be asked beforehand, if the parts are known: its templates say which quads
each solution stands for. This module cuts the parts out of the text and leaves reading them to the
engine. Where a token is doubtful there is no operation, and the caller compares the states of the
graph before and after: that is slow, and always right.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final

from urbansdg.sparql.tokenizer import SparqlToken, tokenize

DEFAULT: Final = "default"
"""The name of the default graph, which has no IRI."""

_LONGEST: Final = 1 << 18
"""Characters of the longest update that is cut into operations: longer ones are mostly data."""

_LONGEST_DATA: Final = 1 << 20
"""Characters of the longest update whose data operations are found: a second of reading."""

_MOST: Final = 100
"""More operations are not done one by one: each has the prologue of all before it."""

_UNSTEADY: Final = frozenset(
    {"RAND", "UUID", "STRUUID", "BNODE", "NOW", "LIMIT", "OFFSET", "SAMPLE", "GROUP_CONCAT"}
    | {"SUM", "AVG", "SERVICE"}
)
"""Keywords with which a pattern may have other solutions when it is evaluated once more."""

_MANAGED: Final = frozenset({"CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"})
_WRITING: Final = _MANAGED | {"GRAPH", "WITH"}
_PLAIN: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^>]*)>")
"""An absolute IRI in angle brackets; one with `/.` or an escape in it is not what it looks like."""


class _Doubtful(Exception):
    """The parts of the text are not certain."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as an update of its own.

    `text` has the prologue that is in force, which is also in `prologue`. `templates` are the
    insides of what it deletes and inserts, `pattern` that of its WHERE, None for an operation on
    data; `using` is its dataset as FROM clauses, `over` the name after WITH. `graphs` are those
    that it writes to, None where the text does not say.
    """

    text: str
    prologue: str = ""
    templates: tuple[str, ...] = ()
    pattern: str | None = None
    using: str = ""
    over: str = ""
    graphs: frozenset[str] | None = None

    def order(self, mark: str) -> dict[str, str | list[str]]:
        """Return the message to the process that does it (`urbansdg.store.changes.edit_process`).

        The templates are data there: an IRI, `mark` and the name, stands for each variable.
        """
        names = sorted(frozenset().union(*map(_variables, self.templates)))
        columns = " ".join(f"?{name}" for name in names) or "(1 AS ?any)"
        data = [f"INSERT DATA {{ {_marked(template, mark)} }}" for template in self.templates]
        over = f"INSERT DATA {{ <{mark}> <{mark}> {self.over} }}" if self.over else ""
        query = f"SELECT DISTINCT {columns} {self.using} WHERE {{ {self.pattern} }}"
        return {
            "text": self.text,
            "mark": mark,
            "templates": [f"{self.prologue}\n{template}" for template in data],
            "query": "" if self.pattern is None else f"{self.prologue}\n{query}",
            "over": over and f"{self.prologue}\n{over}",
            "using": self.using,
        }


def operations(update: str) -> tuple[Operation, ...] | None:
    """Return the operations of an update, None where any of them is doubtful."""
    if len(update) > _LONGEST:
        return None
    try:
        reading = _Reading(update, _certain_tokens(update)).operations()
        some = tuple(islice(reading, _MOST + 1))
    except _Doubtful:
        return None
    return some if len(some) <= _MOST else None


def written_graphs(update: str) -> frozenset[str] | None:
    """Return the graphs that an update of one or several operations may write to.

    Beside the default graph these are the IRIs after GRAPH and WITH. None means any graph: where an
    operation is on whole graphs, a name is no plain IRI, or a token is doubtful.
    """
    try:
        return _written(_certain_tokens(update))
    except _Doubtful:
        return None


def data_verbs(update: str) -> tuple[tuple[int, int], ...] | None:
    """Return the offsets of each INSERT and DELETE of an update on data alone.

    Replace each by INSERT and the update inserts every quad that it names. None for an
    update with another operation, with blank nodes, which name nothing, or with a doubtful token.
    """
    if len(update) > _LONGEST_DATA:
        return None
    verbs: list[tuple[int, int]] = []
    depth, before = 0, ""
    try:
        for token in _certain(update):
            if token.kind == "blank" or token.text in ("[", "(", "<<", "{|", "~"):
                return None
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if (token.word == "DATA") != (before in ("INSERT", "DELETE")):
                return None
            if not depth and token.word in ("INSERT", "DELETE"):
                verbs.append((token.start, token.end))
            elif not depth and token.word not in ("", "DATA", "PREFIX", "BASE"):
                return None
            before = token.word
    except _Doubtful:
        return None
    return tuple(verbs)


def _certain(text: str) -> Iterator[SparqlToken]:
    """Yield the tokens without gaps; raises `_Doubtful` where the engine may read others."""
    for token in tokenize(text):
        if token.is_doubtful or token.kind in ("escape", "other"):
            raise _Doubtful
        if not token.is_gap:
            yield token


def _certain_tokens(text: str) -> tuple[SparqlToken, ...]:
    return tuple(_certain(text))


def _marked(inside: str, mark: str) -> str:
    return "".join(
        f"<{mark}{token.text[1:]}>" if token.kind == "variable" else token.text
        for token in tokenize(inside)
    )


def _variables(inside: str) -> frozenset[str]:
    return frozenset(token.text[1:] for token in tokenize(inside) if token.kind == "variable")


def _written(tokens: Sequence[SparqlToken]) -> frozenset[str] | None:
    names: set[str | None] = {DEFAULT}
    for token, following in pairwise(tokens):
        if token.word in ("GRAPH", "WITH"):
            names.add(_plain(following.text) if following.kind == "iri" else None)
        elif _has(token, _WRITING):
            return None
    return None if None in names else frozenset(filter(None, names))


def _has(token: SparqlToken, keywords: Iterable[str]) -> bool:
    """Tell whether a token may hide a keyword.

    `trueGRAPH <g>` and `GRAPHe:g` write to a graph like `true GRAPH <g>` and `GRAPH e:g`, and
    DISTINCTRAND() is DISTINCT RAND().
    """
    return any(keyword in token.keywords for keyword in keywords)


@dataclass(slots=True)
class _Reading:
    """A text and its tokens, read from left to right."""

    text: str
    tokens: tuple[SparqlToken, ...]
    place: int = 0
    prologue: list[str] = field(default_factory=list)

    def operations(self) -> Iterator[Operation]:
        """Yield one after the other."""
        while True:
            self._declarations()
            if self.place == len(self.tokens):
                return
            yield self._operation()
            if self.place < len(self.tokens) and not self._take(";"):
                raise _Doubtful

    def _declarations(self) -> None:
        while self._word in ("PREFIX", "BASE"):
            begin = self._next().start
            if self.tokens[self.place - 1].word == "PREFIX":
                self._next("name")
            self.prologue.append(self.text[begin : self._next("iri").end])

    def _operation(self) -> Operation:
        first, head = self.place, "\n".join(self.prologue)
        begin = self._ahead.start
        if self._word in _MANAGED:
            graphs = self._managed()
            return Operation(self._since(begin, head), head, graphs=graphs)
        over = self._over()
        deleted, inserted = self._template("DELETE"), self._template("INSERT")
        if deleted == "DATA" or inserted == "DATA":
            data = (self._group().text,)
            return Operation(
                self._since(begin, head),
                head,
                data,
                graphs=_written(self.tokens[first : self.place]),
            )
        using = "" if deleted == "WHERE" else self._using()
        self._next("word", "WHERE")
        pattern = self._group()
        if not pattern.is_steady:
            raise _Doubtful
        templates = (pattern.text,) if deleted == "WHERE" else (deleted, inserted)
        return Operation(
            self._since(begin, head),
            head,
            tuple(filter(None, templates)),
            pattern.text,
            using,
            over,
            _written(self.tokens[first : self.place]),
        )

    def _template(self, verb: str) -> str:
        """Return the inside of a template, DATA or WHERE where that comes instead, or nothing."""
        if self._word != verb:
            return ""
        self._next()
        if self._word == "DATA":
            return self._next().word
        if self._word == "WHERE" and verb == "DELETE":
            return self._word
        return self._group().text or " "

    def _over(self) -> str:
        if self._word != "WITH":
            return ""
        self._next()
        return self._name()

    def _using(self) -> str:
        clauses = []
        while self._word == "USING":
            self._next()
            named = "NAMED " if self._word == "NAMED" and self._next() else ""
            clauses.append(f"FROM {named}{self._name()}")
        return " ".join(clauses)

    def _managed(self) -> frozenset[str] | None:
        """Return the graphs that an operation on whole graphs writes to."""
        self._next()
        names: list[str | None] = []
        while self.place < len(self.tokens) and self._ahead.text != ";":
            token = self._next()
            if token.kind == "iri":
                names.append(_plain(token.text))
            elif token.word == "DEFAULT":
                names.append(DEFAULT)
            elif token.word not in ("SILENT", "GRAPH", "TO"):
                names.append(None)
        return None if None in names or not names else frozenset(filter(None, names))

    def _since(self, begin: int, head: str) -> str:
        return f"{head}\n{self.text[begin : self.tokens[self.place - 1].end]}"

    def _group(self) -> "_Group":
        """Take a group from its opening brace to its closing one."""
        opening, depth, is_steady = self._next("mark", "{"), 1, True
        while True:
            token = self._next()
            is_steady = is_steady and not _has(token, _UNSTEADY)
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if not depth:
                return _Group(self.text[opening.end : token.start], is_steady)

    def _name(self) -> str:
        token = self._next()
        if token.kind not in ("iri", "name"):
            raise _Doubtful
        return token.text

    def _take(self, text: str) -> bool:
        return self._next().text == text

    @property
    def _ahead(self) -> SparqlToken:
        if self.place == len(self.tokens):
            raise _Doubtful
        return self.tokens[self.place]

    @property
    def _word(self) -> str:
        return self.tokens[self.place].word if self.place < len(self.tokens) else ""

    def _next(self, kind: str = "", text: str = "") -> SparqlToken:
        token = self._ahead
        if (kind and token.kind != kind) or (text and token.text.upper() != text):
            raise _Doubtful
        self.place += 1
        return token


@dataclass(frozen=True, slots=True)
class _Group:
    """The inside of a group, and whether its solutions are the same each time."""

    text: str
    is_steady: bool


def _plain(iri: str) -> str | None:
    match = _PLAIN.fullmatch(iri)
    return None if match is None or "/." in iri or "\\" in iri else match[1]
