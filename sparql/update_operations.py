"""The operations of an update (SPARQL 1.1 Update, section 3): where each begins, and its parts.

The engine would write what a template states outside of GRAPH to its own default graph, which is
the merge of all graphs (`urbansdg.sparql.datasets.graph_merge`), and it does not report what it
changed. So an operation is done from its parts: its templates say which quads each solution of its
pattern stands for. This module cuts the parts out of the text and leaves reading them to the
engine. Where a token is doubtful there is no operation.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from urbansdg.sparql.tokenizer import SparqlToken, tokenize

DEFAULT: Final = "default"
"""The name of the default graph, which has no IRI."""

_MOST_DECLARED: Final = 1 << 26
"""Characters of all prologues together: each operation has that of all before it."""

_MANAGED: Final = frozenset({"CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"})
_KEYWORDS: Final = re.compile(
    "INSERT|DELETE|DATA|WHERE|WITH|USING|NAMED|CLEAR|DROP|CREATE|COPY|MOVE|ADD|SILENT|GRAPH|DEFAULT"
    "|ALL|TO|PREFIX|BASE|VERSION"
)
_HARMLESS: Final = re.compile(r"[^#'\\]+>")
_MOST_SETTLED: Final = 20
"""So many doubtful tokens are compared with what the engine reads: each takes it three times."""

_NO_NAMES: Final = frozenset({"SILENT", "GRAPH", "TO", "DEFAULT", "NAMED", "ALL"})
_WRITING: Final = _MANAGED | {"GRAPH", "WITH"}
_PLAIN: Final = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^>]*)>")
"""An absolute IRI in angle brackets; one with `/.` or an escape in it is not what it looks like."""


class _Doubtful(Exception):
    """The parts of the text are not certain."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `text` is the operation as an update of its own, with the prologue that is in force, which is
    also in `prologue`. `deleted` and `inserted` are the insides of its templates or its data,
    `pattern` that of its WHERE, None for an operation on data or on whole graphs; `using` is its
    dataset as FROM clauses, `over` the name after WITH. `managed` are the words of an operation on
    whole graphs. `graphs` are those that it writes to, None where the text does not say.
    """

    text: str
    prologue: str = ""
    deleted: str = ""
    inserted: str = ""
    pattern: str | None = None
    using: str = ""
    over: str = ""
    managed: tuple[str, ...] = ()
    graphs: frozenset[str] | None = None

    def order(self, mark: str) -> dict[str, str | list[str]]:
        """Return the message to the process that does it (`urbansdg.store.changes.edit_process`).

        The templates are data there: an IRI, `mark` and the name, stands for each variable.
        """
        names = sorted(_variables(self.deleted) | _variables(self.inserted))
        columns = " ".join(f"?{name}" for name in names) or "(1 AS ?any)"
        query = f"SELECT DISTINCT {columns} {self.using} WHERE {{ {self.pattern} }}"
        graphs = [word for word in self.managed[1:] if word.upper() not in _NO_NAMES]
        return {
            "text": self.text,
            "mark": mark,
            "deleted": self._data(self.deleted, mark),
            "inserted": self._data(self.inserted, mark),
            "query": "" if self.pattern is None else f"{self.prologue}\n{query}",
            "over": self._named(self.over, mark),
            "using": self.using,
            "prologue": self.prologue,
            "managed": list(self.managed),
            "graphs": [self._named(graph, mark) for graph in graphs],
        }

    def _data(self, inside: str, mark: str) -> str:
        """Return the update that inserts a template as data."""
        if self.pattern is not None:
            inside = _marked(inside, mark)
        return inside and f"{self.prologue}\nINSERT DATA {{ {inside} }}"

    def _named(self, name: str, mark: str) -> str:
        """Return the update that inserts a name as the object of a triple."""
        return name and f"{self.prologue}\nINSERT DATA {{ <{mark}> <{mark}> {name} }}"


def operations(
    update: str, is_valid: Callable[[str], bool] | None = None
) -> tuple[Operation, ...] | None:
    """Return the operations of an update, None where any of them is doubtful.

    `is_valid` tells whether the engine can read an update; with it, a doubtful token is compared
    with what the engine takes it for.
    """
    known = frozenset[int]()
    if is_valid is not None:
        update, known = _settled(update, is_valid)
    parts, declared = list[Operation](), 0
    try:
        for operation in _Reading(update, _tokens_of(update), known).operations():
            parts.append(operation)
            declared += len(operation.prologue)
            if declared > _MOST_DECLARED:
                return None
    except _Doubtful:
        return None
    return tuple(parts)


def written_graphs(update: str) -> frozenset[str] | None:
    """Return the graphs that an update of one or several operations may write to.

    Beside the default graph these are the IRIs after GRAPH and WITH. None means any graph: where an
    operation is on whole graphs, a name is no plain IRI, or a token is doubtful.
    """
    try:
        return _written(_certain_tokens(update))
    except _Doubtful:
        return None


def _settled(update: str, is_valid: Callable[[str], bool]) -> tuple[str, frozenset[int]]:
    """Return an update with a space after each `<` that is an operator, and the offsets of IRIs.

    The engine refuses one of the two readings of a doubtful token, else it stays doubtful.
    """
    known = set[int]()
    for _ in range(_MOST_SETTLED):
        tokens = tokenize(update)
        doubtful = (it for it in tokens if _matters(it) and it.start not in known)
        token = next(doubtful, None)
        if token is None:
            break
        before, after = update[: token.start + 1], update[token.start + 1 :]
        compared = f"{before} {after}"
        as_iri = f"{before}urn:x>{after.partition('>')[2]}"
        if is_valid(compared) == is_valid(as_iri):
            break
        if is_valid(compared):
            update = compared
        else:
            known.add(token.start)
    return update, frozenset(known)


def _matters(token: SparqlToken) -> bool:
    """Tell whether what a token hides may begin a comment or a string, and so hide a brace."""
    return token.is_doubtful and not _HARMLESS.fullmatch(token.text)


def _tokens_of(text: str) -> tuple[SparqlToken, ...]:
    """Return the tokens without gaps, keywords that touch outside of groups divided."""
    tokens, depth = list[SparqlToken](), 0
    for token in tokenize(text):
        if token.is_gap:
            continue
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        words = _KEYWORDS.findall(token.word) if not depth and token.word else ()
        if len(words) > 1 and "".join(words) == token.word:
            start = token.start
            for word in words:
                text_of_word = token.text[start - token.start :][: len(word)]
                tokens.append(SparqlToken("word", text_of_word, start))
                start += len(word)
        else:
            tokens.append(token)
    return tuple(tokens)


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
    known: frozenset[int] = frozenset()
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
        while self._word in ("PREFIX", "BASE", "VERSION"):
            begin = self._next().start
            word = self.tokens[self.place - 1].word
            if word == "PREFIX":
                self._next("name")
            last = self._next("string" if word == "VERSION" else "iri")
            self.prologue.append(self.text[begin : last.end])

    def _operation(self) -> Operation:
        first, head = self.place, "\n".join(self.prologue)
        begin = self._ahead.start
        if self._word in _MANAGED:
            graphs = self._managed()
            words = tuple(token.text for token in self.tokens[first : self.place])
            return Operation(self._since(begin, head), head, managed=words, graphs=graphs)
        over = self._over()
        deleted, inserted = self._template("DELETE"), self._template("INSERT")
        using, pattern = "", None
        if deleted == "DATA":
            deleted = self._group() or " "
        elif inserted == "DATA":
            inserted = self._group() or " "
        else:
            using = "" if deleted == "WHERE" else self._using()
            self._next("word", "WHERE")
            pattern = self._group(is_pattern=True)
            deleted = pattern if deleted == "WHERE" else deleted
        return Operation(
            self._since(begin, head),
            head,
            deleted,
            inserted,
            pattern,
            using,
            over,
            graphs=_written(self.tokens[first : self.place]),
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
        return self._group() or " "

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

    def _group(self, *, is_pattern: bool = False) -> str:
        """Take a group from its opening brace to its closing one; return its inside.

        Only a pattern has expressions: elsewhere `<` begins an IRI.
        """
        opening, depth = self._next("mark", "{"), 1
        while True:
            token = self._next()
            if is_pattern and _matters(token) and token.start not in self.known:
                raise _Doubtful
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if not depth:
                return self.text[opening.end : token.start]

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
        if token.kind in ("escape", "other"):
            raise _Doubtful
        if (kind and token.kind != kind) or (text and token.text.upper() != text):
            raise _Doubtful
        self.place += 1
        return token


def _plain(iri: str) -> str | None:
    match = _PLAIN.fullmatch(iri)
    return None if match is None or "/." in iri or "\\" in iri else match[1]
