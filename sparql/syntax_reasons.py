"""Why a query or an update is not SPARQL, in a sentence that names the part at fault.

The engine reports a sentence of its own, as one alternative among the tokens that it expects, or
no reason at all: where the grammar goes on with another alternative, its sentence is lost. So each
reason here is looked for in the tokens, and where it is not certain, the engine is asked again with
the part at fault replaced: if it then reads on, that part is the reason.

The sentences of the engine (pyoxigraph 0.5) and what becomes of them:

| the engine | the reason |
|---|---|
| Prefix not found | the prefix 'e:' is not declared |
| IRI parsing failed, prefix IRI parsing failed | '<...>' is not a valid IRI |
| language tag parsing failed; the only base directions ... | '@...' is not a valid language tag |
| BIND is overriding an existing variable | BIND cannot set ?x, which is in scope already |
| The SELECT contains a variable (an expression with one) that is unbound | ?x is not grouped |
| Duplicated variable name in SELECT | ?x stands twice in SELECT |
| The SELECT overrides an existing variable using an expression | SELECT cannot set ?x |
| SELECT * is not authorized with GROUP BY | SELECT * cannot stand with GROUP BY |
| The VALUES clause rows should have ... | a row of VALUES has 1 value for 2 variables |
| Repeated variables are not allowed in VALUES clauses | VALUES names ?x twice |
| Already used blank node id | the blank node _:b is used in two groups |
| The blank node ... cannot be shared by multiple blocks | _:b is used in two operations |
| Variables (and blank nodes) are not allowed in INSERT (DELETE) DATA | the first of them |
| Blank nodes are not allowed in DELETE WHERE | the first of them |
| Unexpected aggregate | COUNT cannot stand here |
| The character that can be escaped ...; escape sequences of strings and IRIs | the escape |
| The query limit (offset) should be a non negative integer | the same |
| any other | the whole sentence |
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from urbansdg.ontology.character_names import character_name
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.sparql.tokenizer import SparqlToken

_LONGEST: Final = 1 << 14
"""Characters of the longest text that the engine is asked about again."""

_MOST: Final = 32
"""The most questions to the engine for one reason."""

_FRESH: Final = "?urbansdg_fresh"
_FRESH_NODE: Final = "_:urbansdg_fresh"
_SENTENCE: Final = re.compile(r"(?:^|[,:] |expected (?:one of )?)([A-Z][a-z]*(?: [^,\[\]]+){2,})")
_NODE_IN_TWO: Final = re.compile(r"The blank node (\S+) cannot be shared by multiple blocks")
_AGGREGATES: Final = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
_QUERIES: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES: Final = (
    *("INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"),
)
_NO_FUNCTIONS: Final = frozenset(
    {"FILTER", "BIND", "VALUES", "IN", "NOT", "EXISTS", "AS", "BY", "WHERE", "MINUS", "UNION"}
    | {"HAVING", "GRAPH", "OPTIONAL", "DISTINCT", "REDUCED", "SEPARATOR", "ASC", "DESC", "A"}
)
"""Keywords that may stand before a parenthesis."""

_DATA_VERBS: Final = ("INSERT DATA", "DELETE DATA", "DELETE WHERE", "DELETE")
_WITHOUT_VARIABLES: Final = ("INSERT DATA", "DELETE DATA")
_WITHOUT_NODES: Final = ("DELETE DATA", "DELETE WHERE", "DELETE")
_BRACKETS: Final = {"{": "}", "(": ")", "[": "]"}
_LIKENESSES: Final = {
    **dict.fromkeys("“”„‟«»", '"'),  # what word processors write
    **dict.fromkeys("‘’‚‛", "'"),  # noqa: RUF001
    **dict.fromkeys("‐‑‒–—−", "-"),  # noqa: RUF001
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "×": "*",  # noqa: RUF001
}
"""Characters that stand where SPARQL has another one, often by a word processor."""

_ESCAPE: Final = re.compile(
    r"""\\(?![tbnrf"'\\])(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.|$)""", re.DOTALL
)
_CLOSED: Final = re.compile(r"""(["'])(?:(?!\1)[^\\\r\n]|\\[^\r\n])*+\1""")
_OPEN_IRI: Final = re.compile(r"<[^<>\r\n]*$")
_IRI_BEFORE: Final = re.compile(r"<[^<>]*>$")
_IN_NO_IRI: Final = re.compile(r'[\x00-\x20"{}|^`]')

Reads = Callable[[str], bool]
"""Tells whether the engine reads a beginning of a text to its end."""

Judges = Callable[[str], str | None]
"""Returns what the engine reports on a whole text, None where nothing is wrong."""


@dataclass(frozen=True, slots=True)
class SyntaxReason:
    """A reason, and the offset and text of what is at fault, None for where reading stopped."""

    text: str
    start: int | None = None
    part: str = ""


def syntax_reason(wrong: "WrongText") -> SyntaxReason:
    """Return why a text is not SPARQL."""
    for diagnosis in _DIAGNOSES:
        reason = diagnosis(wrong)
        if reason is not None:
            return reason
    sentence = _SENTENCE.search(wrong.message)
    if sentence:
        return SyntaxReason(sentence[1][0].lower() + sentence[1][1:].rstrip(". "))
    if wrong.token is not None:
        return SyntaxReason(f"{wrong.token.text[:60]!r} cannot stand here")
    return _early_end(wrong)


@dataclass
class WrongText:
    """A text that the engine does not read, and the engine to ask about changes to it.

    `tokens` are those of the text without gaps, `place` is the number of the first that the engine
    cannot read, `message` what the engine reports.
    """

    text: str
    tokens: Sequence[SparqlToken]
    place: int
    message: str
    reads: Reads
    judges: Judges
    questions: int = 0

    @property
    def token(self) -> SparqlToken | None:
        """The first token that cannot stand where it does, None at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    @property
    def end(self) -> int:
        """The offset behind the wrong token."""
        return len(self.text) if self.token is None else self.token.end

    def before(self, number: int = 1) -> SparqlToken | None:
        """Return the token that stands that many before the wrong one."""
        return self.tokens[self.place - number] if self.place >= number else None

    @cached_property
    def openings(self) -> dict[int, int]:
        """The number of the opening bracket of each closing one, as far as the wrong token."""
        pairs: dict[int, int] = {}
        levels: list[int] = []
        for number, token in enumerate(self.tokens[: self.place + 1]):
            if token.kind == "mark" and token.text in _BRACKETS:
                levels.append(number)
            elif token.kind == "mark" and token.text in _BRACKETS.values() and levels:
                pairs[number] = levels.pop()
        return pairs

    @cached_property
    def unclosed(self) -> list[SparqlToken]:
        """The brackets that are open at the end of the text."""
        levels: list[SparqlToken] = []
        for token in self.tokens:
            if token.kind == "mark" and token.text in _BRACKETS:
                levels.append(token)
            elif token.kind == "mark" and token.text in _BRACKETS.values() and levels:
                levels.pop()
        return levels

    def reads_with(self, *changes: tuple[SparqlToken, str]) -> bool:
        """Tell whether the engine reads on, past the wrong token, with other texts for tokens."""
        return self._may_ask() and self.reads(_changed(self.text[: self.end], changes))

    def is_judged(self, sentence: str, *changes: tuple[SparqlToken, str]) -> bool:
        """Tell whether the engine still reports the sentence with other texts for tokens.

        Without a sentence: whether it still stops at the wrong token.
        """
        if not sentence:
            return not self.reads_with(*changes)
        if not self._may_ask() or "service" in self.text.casefold():  # it would be called
            return True
        return sentence in (self.judges(_changed(self.text, changes)) or "")

    def _may_ask(self) -> bool:
        self.questions += 1
        return len(self.text) <= _LONGEST and self.questions <= _MOST


def _changed(text: str, changes: Sequence[tuple[SparqlToken, str]]) -> str:
    parts, done = list[str](), 0
    for token, replacement in sorted(changes, key=lambda change: change[0].start):
        parts += text[done : token.start], replacement
        done = token.end
    return "".join((*parts, text[done:]))


def _at(token: SparqlToken, text: str) -> SyntaxReason:
    return SyntaxReason(text, token.start, token.text[:60])


def _other_kind(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a query where an update is expected, and the other way round."""
    if wrong.place or wrong.token is None:
        return None
    word = wrong.token.word
    if word in _UPDATES:
        return SyntaxReason("it is an update, not a query")
    return SyntaxReason("it is a query, not an update") if word in _QUERIES else None


def _character(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a character that SPARQL lacks, often one that looks like a space or a mark."""
    token = wrong.token
    if token is None or token.kind not in ("other", "word") or token.text in ("'", '"', "\\"):
        return None
    for offset, character in enumerate(token.text):
        name, start = character_name(character), token.start + offset
        if unicodedata.category(character) in ("Zs", "Zl", "Zp", "Cf", "Cc"):
            where = "where only a space, a tab or a line break may stand"
            return SyntaxReason(f"a character ({name}) stands {where}", start, character)
        if token.kind == "other" and not character.isascii():
            instead = _LIKENESSES.get(character)
            remedy = f"; write {instead}" if instead else ""
            text = f"{character!r} ({name}) is not a character of SPARQL{remedy}"
            return SyntaxReason(text, start, character)
    return None


def _string(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a string that does not end, or has an escape that stands for no character."""
    token = wrong.token
    if token is None:
        for mark in ('"""', "'''"):
            # The engine expects the rest of the mark only inside of such a string.
            if re.escape(mark).replace('"', '\\"') in wrong.message and mark in wrong.text:
                start = wrong.text.rfind(mark)
                return SyntaxReason(f"the string that begins with {mark} does not end", start, mark)
        return None
    if token.kind != "other" or token.text not in ("'", '"'):
        return None
    closed = _CLOSED.match(wrong.text, token.start)
    escape = _ESCAPE.search(closed[0]) if closed else None
    while escape is not None and closed is not None:
        if not _is_character(escape[0]):
            text = f"{escape[0]} is not an escape that stands for a character"
            return SyntaxReason(text, token.start + escape.start(), escape[0])
        escape = _ESCAPE.search(closed[0], escape.end())
    return SyntaxReason(f"the string that begins with {token.text} does not end on its line")


def _is_character(escape: str) -> bool:
    if escape[1:2] not in ("u", "U") or len(escape) not in (6, 10):
        return False
    code = int(escape[2:], 16)  # noqa: FURB166  # the prefix is no Python prefix
    return code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF  # noqa: PLR2004  # surrogates


def _iri(wrong: WrongText) -> SyntaxReason | None:
    """Recognise an IRI that is not valid, or does not end."""
    if wrong.token is None:
        match = _OPEN_IRI.search(wrong.text) if '">"' in wrong.message else None
        if match:
            text = "the IRI that begins with < does not end"
            return SyntaxReason(text, match.start(), match[0][:60])
        return None
    if "IRI parsing failed" not in wrong.message:
        return None
    match = _IRI_BEFORE.search(wrong.text, 0, wrong.token.end)
    if match is None:
        return None
    character = _IN_NO_IRI.search(match[0])
    why = f": it has {character[0]!r}" if character else ""
    return SyntaxReason(f"{match[0][:200]!r} is not a valid IRI{why}", match.start(), match[0][:60])


def _prefix(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a prefixed name without its declaration."""
    token = wrong.token
    if token is None or token.kind != "name":
        return None
    prefix = token.text.partition(":")[0] + ":"
    declared = {
        name.text
        for word, name in zip(wrong.tokens, wrong.tokens[1:], strict=False)
        if word.word.endswith("PREFIX")
    }
    before = wrong.before()
    if prefix in declared or (before is not None and before.word.endswith("PREFIX")):
        return None
    known = PREFIXES.get(prefix[:-1])
    declaration = f" (PREFIX {prefix} <{known}>)" if known else ""
    return SyntaxReason(f"the prefix {prefix!r} is not declared{declaration}")


def _language(wrong: WrongText) -> SyntaxReason | None:
    if wrong.token is None or not wrong.token.text.startswith("@"):
        return None
    before = wrong.before()
    if before is None or before.kind != "string":
        return None
    if wrong.token.text == "@":
        return SyntaxReason("no language tag follows '@'")
    return SyntaxReason(f"{wrong.token.text[:60]!r} is not a valid language tag")


def _node_in_two(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a blank node in two groups of a query, or in two operations of an update."""
    match = _NODE_IN_TWO.search(wrong.message)
    if match:
        uses = [token for token in wrong.tokens if token.text == match[1]]
        text = f"the blank node {match[1]} is used in two operations"
        return _at(uses[-1], text) if uses else SyntaxReason(text)
    token = wrong.token
    if token is None or token.kind != "blank":
        return None
    used = any(earlier.text == token.text for earlier in wrong.tokens[: wrong.place])
    if used and wrong.reads_with((token, _FRESH_NODE)):
        return SyntaxReason(f"the blank node {token.text} is used in two groups of patterns")
    return None


def _in_data(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a variable or a blank node where an update takes neither."""
    if wrong.token is None or wrong.token.text != "}" or wrong.place not in wrong.openings:
        return None
    opening = _opening_of_data(wrong)
    words = "".join(token.word for token in wrong.tokens[max(0, opening - 2) : opening])
    verb = next((name for name in _DATA_VERBS if words.endswith(name.replace(" ", ""))), None)
    for token in wrong.tokens[opening + 1 : wrong.place] if verb else ():
        if token.kind == "variable" and verb in _WITHOUT_VARIABLES:
            return _at(token, f"{verb} takes no variables: {token.text}")
        is_node = token.kind == "blank" or token.text in ("[", "(")
        if is_node and verb in _WITHOUT_NODES:
            return _at(token, f"{verb} takes no blank nodes: {token.text}")
    if "Variables are not allowed" in wrong.message:
        return SyntaxReason("a literal cannot be a subject")
    return None


def _opening_of_data(wrong: WrongText) -> int:
    """Return the opening brace of the data or template that ends at the wrong token.

    GRAPH and its name may stand before an inner one.
    """
    opening = wrong.openings[wrong.place]
    while opening and not wrong.tokens[opening - 1].word:
        outer = [start for end, start in wrong.openings.items() if start < opening < end]
        if not outer:
            return opening
        opening = max(outer)
    return opening


def _bind(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a BIND of a variable in scope; the engine stops at the end of the group."""
    if wrong.token is None or wrong.token.text != "}" or wrong.place not in wrong.openings:
        return None
    inside = wrong.tokens[wrong.openings[wrong.place] : wrong.place]
    for word, variable, closing in zip(inside, inside[1:], inside[2:], strict=False):
        is_bound = word.word.endswith("AS") and variable.kind == "variable" and closing.text == ")"
        if is_bound and wrong.reads_with((variable, _FRESH)):
            text = f"BIND cannot set {variable.text}, which is in scope already"
            return _at(variable, text)
    return None


def _values(wrong: WrongText) -> SyntaxReason | None:
    """Recognise VALUES with rows of another length than its variables, or with what is no data."""
    block = None if wrong.token is None else _values_block(wrong)
    if block is None or wrong.token is None:
        return None
    if wrong.token.kind == "variable":
        return SyntaxReason(f"VALUES takes no variables in its rows: {wrong.token.text}")
    if wrong.token.kind == "blank":
        return SyntaxReason(f"VALUES takes no blank nodes: {wrong.token.text}")
    return _wrong_row(wrong, *block) if wrong.token.text == "}" else None


def _wrong_row(wrong: WrongText, variables: list[SparqlToken], first: int) -> SyntaxReason | None:
    names = [token.text[1:] for token in variables]
    for token in variables:
        if names.count(token.text[1:]) > 1:
            return _at(token, f"VALUES names {token.text} twice")
    for row, size in _rows(wrong.tokens[first : wrong.place]):
        if size != len(variables):
            values = "1 value" if size == 1 else f"{size} values"
            needed = "1 variable" if len(variables) == 1 else f"{len(variables)} variables"
            return _at(row, f"a row of VALUES has {values} for {needed}")
    return None


def _values_block(wrong: WrongText) -> tuple[list[SparqlToken], int] | None:
    """Return the variables of the VALUES whose rows the wrong token is in, and the first of these.

    None where it is in no rows.
    """
    for place in range(wrong.place - 1, -1, -1):
        token = wrong.tokens[place]
        if token.word.endswith("VALUES"):
            break
        if token.word and token.word not in ("UNDEF", "TRUE", "FALSE"):
            return None
        if token.text == "}":
            return None
    else:
        return None
    variables: list[SparqlToken] = []
    for number in range(place + 1, wrong.place):
        token = wrong.tokens[number]
        if token.text == "{":
            return variables, number + 1
        if token.kind == "variable":
            variables.append(token)
    return None


def _rows(tokens: Sequence[SparqlToken]) -> Iterator[tuple[SparqlToken, int]]:
    """Yield the opening of each row in parentheses, and how many values it has."""
    row: SparqlToken | None = None
    size, before = 0, ""
    for token in tokens:
        if token.text == "(":
            row, size = token, 0
        elif token.text == ")" and row is not None:
            yield row, size
            row = None
        elif token.kind in ("iri", "name", "string", "number", "word") and before != "^^":
            size += 1
        before = token.text


def _aggregate(wrong: WrongText) -> SyntaxReason | None:
    """Recognise an aggregate where none may stand; the engine stops at the end of its call."""
    if wrong.token is None or wrong.token.text != ")" or wrong.place not in wrong.openings:
        return None
    opening = wrong.openings[wrong.place]
    name = wrong.tokens[opening - 1] if opening else None
    arguments = wrong.tokens[opening + 1 : wrong.place]
    if name is None or name.word not in _AGGREGATES or not arguments:
        return None
    if arguments[-1].word == "DISTINCT":
        return None
    text = f"{name.word} cannot stand here: aggregates stand in SELECT, HAVING and ORDER BY"
    return _at(name, text)


def _function(wrong: WrongText) -> SyntaxReason | None:
    """Recognise an unknown function, or an expression of SELECT without parentheses."""
    token = wrong.token
    following = wrong.tokens[wrong.place + 1 : wrong.place + 2]
    if token is None or not token.word or not following or following[0].text != "(":
        return None
    if token.word in _NO_FUNCTIONS:
        return None
    is_known = wrong.reads(f"SELECT ({token.text}(")
    before = wrong.before()
    if is_known and before is not None and (before.kind == "variable" or before.word == "SELECT"):
        text = "an expression in SELECT stands in parentheses, with AS and a variable"
        return SyntaxReason(f"{text}: ({token.text}(...) AS ?name)")
    return None if is_known else SyntaxReason(f"there is no function {token.text}")


def _projection(wrong: WrongText) -> SyntaxReason | None:
    """Recognise a variable that may not stand in SELECT."""
    if "SELECT * is not authorized with GROUP BY" in wrong.message:
        return SyntaxReason("SELECT * cannot stand with GROUP BY; name the columns")
    for sentence, reason in _PROJECTIONS.items():
        if sentence in wrong.message:
            for columns in reversed(list(_selects(wrong.tokens))):
                diagnosis = reason(wrong, sentence, columns)
                if diagnosis is not None:
                    return diagnosis
    return _subselect(wrong)


def _subselect(wrong: WrongText) -> SyntaxReason | None:
    """Recognise the same in a SELECT in braces, at whose end the engine stops."""
    if wrong.token is None or wrong.token.text != "}" or wrong.place not in wrong.openings:
        return None
    inside = wrong.tokens[wrong.openings[wrong.place] + 1 : wrong.place]
    if not inside or not inside[0].word.endswith("SELECT"):
        return None
    columns = next(_selects(inside))
    reasons = (reason(wrong, "", columns) for reason in (_ungrouped, _twice, _overridden))
    return next(filter(None, reasons), None)


def _selects(tokens: Sequence[SparqlToken]) -> Iterator[list[tuple[SparqlToken, int, bool]]]:
    """Yield the variables of each SELECT clause: the depth of each, and whether AS is before it."""
    for place, select in enumerate(tokens):
        if not select.word.endswith("SELECT"):
            continue
        columns, depth, before = list[tuple[SparqlToken, int, bool]](), 0, select
        for token in tokens[place + 1 :]:
            if token.text == "{" or (not depth and token.word in ("WHERE", "FROM")):
                break
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.kind == "variable":
                columns.append((token, depth, before.word.endswith("AS")))
            before = token
        yield columns


def _ungrouped(
    wrong: WrongText, sentence: str, columns: list[tuple[SparqlToken, int, bool]]
) -> SyntaxReason | None:
    uses = [(token, depth) for token, depth, is_set in columns if not is_set]
    plain = {
        token: "1" if depth else f"(1 AS {_FRESH}{number})"
        for number, (token, depth) in enumerate(uses)
    }
    if not uses or wrong.is_judged(sentence, *plain.items()):
        return None
    names = dict.fromkeys(token.text for token, _ in uses)
    guilty = [
        name
        for name in names
        if wrong.is_judged(sentence, *((t, new) for t, new in plain.items() if t.text != name))
    ]
    if not guilty:
        return None
    first = next(token for token, _ in uses if token.text == guilty[0])
    verb = "is" if len(guilty) == 1 else "are"
    remedy = "name it in GROUP BY or in an aggregate"
    if len(guilty) > 1:
        remedy = "name them in GROUP BY or in aggregates"
    return _at(first, f"{', '.join(guilty)} {verb} in SELECT but not grouped; {remedy}")


def _twice(
    wrong: WrongText, sentence: str, columns: list[tuple[SparqlToken, int, bool]]
) -> SyntaxReason | None:
    seen: set[str] = set()
    for token, depth, is_set in columns:
        if depth and not is_set:
            continue
        if token.text[1:] in seen and not wrong.is_judged(
            sentence, (token, f"{_FRESH}" if is_set else f"(1 AS {_FRESH})")
        ):
            return _at(token, f"{token.text} stands twice in SELECT")
        seen.add(token.text[1:])
    return None


def _overridden(
    wrong: WrongText, sentence: str, columns: list[tuple[SparqlToken, int, bool]]
) -> SyntaxReason | None:
    for token, _, is_set in columns:
        if is_set and not wrong.is_judged(sentence, (token, _FRESH)):
            return _at(token, f"SELECT cannot set {token.text}, which is in scope already")
    return None


_PROJECTIONS: Final[
    dict[
        str,
        Callable[
            [WrongText, str, list[tuple[SparqlToken, int, bool]]],
            SyntaxReason | None,
        ],
    ]
] = {
    "The SELECT contains a variable that is unbound": _ungrouped,
    "The SELECT contains an expression with a variable that is unbound": _ungrouped,
    "Duplicated variable name in SELECT": _twice,
    "The SELECT overrides an existing variable using an expression": _overridden,
}


def _early_end(wrong: WrongText) -> SyntaxReason:
    """Return the reason at the end of the text, with the last bracket that is open."""
    if not wrong.unclosed:
        return SyntaxReason("it ends too early")
    opening = wrong.unclosed[-1]
    line = wrong.text.count("\n", 0, opening.start) + 1
    column = opening.start - wrong.text.rfind("\n", 0, opening.start)
    place = f"at line {line}, column {column}"
    return SyntaxReason(f"it ends too early: {opening.text!r} {place} is not closed")


_DIAGNOSES: Final[tuple[Callable[[WrongText], SyntaxReason | None], ...]] = (
    *(_other_kind, _character, _string, _iri, _prefix, _language),
    *(_node_in_two, _values, _in_data, _bind, _aggregate, _function, _projection),
)
