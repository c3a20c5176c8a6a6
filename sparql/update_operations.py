"""The operations of an update (SPARQL 1.1 Update, 3): where each begins, and what it is made of.

The engine evaluates an update and does not tell what it changed. Of an operation with a WHERE
clause that can be asked beforehand, if its parts are known: its templates say which quads each
solution stands for. They are taken out of the text here; to read them is left to the engine.
Whatever is in doubt is no operation of ours, and then the states are compared: that takes long, and
is never wrong.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final

DEFAULT: Final = "default"
"""The name of the default graph, which has no IRI."""

_LONGEST: Final = 1 << 18
"""Of a longer text so much is data that the states are compared anyway."""

_MOST: Final = 100
"""More operations are not done one by one: each has the prologue of all before it."""

_TOKEN: Final = re.compile(
    r"""(?P<gap>[ \t\r\n]++|\#[^\r\n]*+)
    | (?P<string>'''(?:[^'\\]|\\.|'(?!''))*+'''|\"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\"
        | '(?:[^'\\\r\n]|\\.)*+' | "(?:[^"\\\r\n]|\\.)*+")
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*+>)
    | (?P<variable>[?$]\w++)
    | (?P<name>(?:[^\W\d_][\w.-]*+)?:(?:[\w.%:-]*[\w%:-])?) | (?P<blank>_:[\w.-]*+)
    | (?P<word>@?[A-Za-z][\w-]*+)
    | (?P<mark>[{}();])
    | (?P<other>[][,.=!<>&|^*/+?0-9-])
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATORS: Final = frozenset("({[,;.=!&|^*/+-")
"""After one of these, in parentheses, `<` begins an IRI; after anything else it may compare."""

_UNSTEADY: Final = frozenset(
    {"RAND", "UUID", "STRUUID", "BNODE", "NOW", "LIMIT", "OFFSET", "SAMPLE", "GROUP_CONCAT"}
    | {"SUM", "AVG", "SERVICE"}
)
"""What may have other solutions when it is evaluated once more.

The engine reads DISTINCTRAND() as DISTINCT RAND(): it asks for no space between two keywords.
"""

_MANAGED: Final = frozenset({"CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"})
_WRITING: Final = _MANAGED | {"GRAPH", "WITH"}
_PLAIN: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^>]*)>")
"""An IRI that stands for itself; with `/.` in it, it would be resolved."""


class _Doubtful(Exception):
    """The text is not read here."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as an update of its own.

    `text` has the prologue that is in force, which is also in `prologue`. `templates` are the
    insides of what it deletes and inserts, `pattern` that of its WHERE, None for an operation on
    data; `using` is its dataset as FROM clauses, `over` what stands after WITH. `graphs` are those
    that it writes to, None where that is not said.
    """

    text: str
    prologue: str = ""
    templates: tuple[str, ...] = ()
    pattern: str | None = None
    using: str = ""
    over: str = ""
    graphs: frozenset[str] | None = None

    def order(self, mark: str) -> dict[str, str | list[str]]:
        """Return what the process that does it is told (`urbansdg.store.changes.edit_process`).

        The templates are data there: an IRI, `mark` and the name, stands for each variable.
        """
        names = sorted(frozenset().union(*map(_variables, self.templates)))
        columns = " ".join(f"?{name}" for name in names) or "(1 AS ?any)"
        data = [f"INSERT DATA {{ {_marked(each, mark)} }}" for each in self.templates]
        over = f"INSERT DATA {{ <{mark}> <{mark}> {self.over} }}" if self.over else ""
        query = f"SELECT DISTINCT {columns} {self.using} WHERE {{ {self.pattern} }}"
        return {
            "text": self.text,
            "mark": mark,
            "templates": [f"{self.prologue}\n{each}" for each in data],
            "query": "" if self.pattern is None else f"{self.prologue}\n{query}",
            "over": over and f"{self.prologue}\n{over}",
            "using": self.using,
        }


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword that it is, in capitals; empty for anything else."""
        return self.text.upper() if self.kind == "word" else ""


def operations(update: str) -> tuple[Operation, ...] | None:
    """Return the operations of an update, None where there is a doubt about any."""
    if len(update) > _LONGEST:
        return None
    try:
        found = _Reading(update, tuple(_tokens(update))).operations()
        each = tuple(islice(found, _MOST + 1))
    except _Doubtful:
        return None
    return each if len(each) <= _MOST else None


def _marked(inside: str, mark: str) -> str:
    return "".join(
        f"<{mark}{token.text[1:]}>" if token.kind == "variable" else token.text
        for token in _all(inside)
    )


def _variables(inside: str) -> frozenset[str]:
    return frozenset(token.text[1:] for token in _all(inside) if token.kind == "variable")


def _all(text: str) -> Iterator[_Token]:
    """Yield every token, gaps too."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise _Doubtful
        yield _Token(found.lastgroup, found[0], place, found.end())
        place = found.end()


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the tokens; raises `_Doubtful` where the engine may see a comparison, not an IRI."""
    depth, before = 0, ""
    for token in _all(text):
        if token.kind == "gap":
            continue
        if token.kind == "iri" and depth and before not in _OPERATORS:
            raise _Doubtful
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "mark" else 0
        before = token.text
        yield token


def written(update: str) -> frozenset[str] | None:
    """Return the graphs that an update of one or several operations may write to.

    Beside the default graph these are the IRIs after GRAPH and WITH. None means any graph: where an
    operation is on whole graphs, a name is no plain IRI, or there is a doubt about a token.
    """
    try:
        return _written(tuple(_tokens(update)))
    except _Doubtful:
        return None


def _written(tokens: Sequence[_Token]) -> frozenset[str] | None:
    names: set[str | None] = {DEFAULT}
    for token, following in pairwise(tokens):
        if token.word in ("GRAPH", "WITH"):
            names.add(_plain(following.text) if following.kind == "iri" else None)
        elif _has(token, _WRITING):  # such as `trueGRAPH`, which the engine takes for two words
            return None
    return None if None in names else frozenset(filter(None, names))


def _has(token: _Token, keywords: Iterable[str]) -> bool:
    """Tell whether some keyword is in a word, alone or beside others."""
    return any(keyword in token.word for keyword in keywords)


@dataclass(slots=True)
class _Reading:
    """A text and its tokens, read from left to right."""

    text: str
    tokens: tuple[_Token, ...]
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
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
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
    def _ahead(self) -> _Token:
        if self.place == len(self.tokens):
            raise _Doubtful
        return self.tokens[self.place]

    @property
    def _word(self) -> str:
        return self.tokens[self.place].word if self.place < len(self.tokens) else ""

    def _next(self, kind: str = "", text: str = "") -> _Token:
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
    found = _PLAIN.fullmatch(iri)
    return None if found is None or "/." in iri else found[1]
