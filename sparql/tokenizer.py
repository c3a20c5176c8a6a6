r"""The tokens of SPARQL text (SPARQL 1.1 and 1.2, section 19.8), as the engine reads them.

The engine has no tokenizer of its own: its grammar reads characters, and so decides by the context.
`?a<?b&&?c>?d` is two comparisons in an expression and has an IRI in a list. Keywords need no space
before or after them: `trueGRAPH <g>` is `true` and `GRAPH`, and so is `trueGRAPHe:g` where no
prefix `trueGRAPHe` is declared. `tokenize` follows the brackets to know what `<` means. Where both
readings are possible it marks the token, and a caller that guards something must not rely on either
of them.

This is the only place that says what a string, an IRI, a comment or a name looks like. The modules
beside it read clauses, operations and escapes from the tokens.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, cast

TokenKind = Literal[
    "whitespace",
    "comment",
    "iri",
    "string",
    "name",
    "blank",
    "variable",
    "language",
    "number",
    "word",
    "mark",
    "escape",
    "other",
]
"""What a token is.

A `name` is a prefixed name, a `blank` the label of a blank node, a `language` a language tag with
its `@`. A `word` is one keyword or several that touch. A `mark` is punctuation. An `escape` is a
codepoint escape outside of strings and IRIs (section 19.2). `other` is in no token of SPARQL: a
text that has one is refused by the engine.
"""

# Section 19.8: PN_CHARS_BASE, PN_CHARS_U and PN_CHARS. `\w` is not the same: it has digits of
# other scripts, and lacks U+200C and U+203F.
_LETTERS: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MARKS: Final = "\u00b7\u0300-\u036f\u203f\u2040"
VARIABLE: Final = rf"[?$][_0-9{_LETTERS}][_0-9{_LETTERS}{_MARKS}]*+"
_CHARS: Final = rf"[_0-9{_LETTERS}{_MARKS}-]"
_DOTTED: Final = rf"{_CHARS}*+(?:\.++{_CHARS}++)*+"
_LOCAL_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_IN_LOCAL: Final = rf"(?:[:_0-9{_LETTERS}{_MARKS}-]|{_LOCAL_ESCAPE})"
# The engine takes one group of dots in a local name, where the specification has any number.
_LOCAL: Final = rf"(?:(?:[:_0-9{_LETTERS}]|{_LOCAL_ESCAPE}){_IN_LOCAL}*+(?:\.++{_IN_LOCAL}++)?+)?+"

# Escapes that stand for no character end a string for the engine, which then may read `'''` as an
# empty string and the beginning of another: they must not be skipped here.
_CODEPOINT: Final = (
    r"\\u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}"
    r"|\\U000(?!0[Dd][89A-Fa-f])[0-9A-Fa-f]{5}|\\U0010[0-9A-Fa-f]{4}"
)
_ESCAPED: Final = rf"""\\[tbnrf"'\\]|{_CODEPOINT}"""
_STRING: Final = rf"""'''(?:[^'\\]|{_ESCAPED}|'(?!''))*+'''
    | \"\"\"(?:[^"\\]|{_ESCAPED}|"(?!""))*+\"\"\"
    | '(?:[^'\\\r\n]|{_ESCAPED})*+' | "(?:[^"\\\r\n]|{_ESCAPED})*+\""""

COMMENT: Final = r"\#[^\r\n]*+"
GAP: Final = rf"(?:[ \t\r\n]|{COMMENT})*+"
"""What may stand between two tokens; like all patterns here it is written for `re.VERBOSE`."""

IRI: Final = rf"""<(?:[^<>"{{}}|^`\\\x00-\x20]|{_CODEPOINT})*+>"""
NUMBER: Final = r"(?:[0-9]++\.[0-9]*+|\.[0-9]++|[0-9]++)[eE][+-]?[0-9]++|[0-9]*+\.[0-9]++|[0-9]++"


# A word and the prefix of a name begin alike. They are read in one go: to read the one in vain and
# then the other takes a time squared for `a.a.a.a`. Compiling this takes 45 ms of each start.
_TOKEN: Final = re.compile(
    rf"""(?P<whitespace>[ \t\r\n]++)
        | (?P<variable>{VARIABLE})
        | (?P<iri>{IRI}) | (?P<triple><<)
        | [{_LETTERS}]{_DOTTED} (?: (?P<name>:{_LOCAL}) | (?P<word>) )
        | (?P<local>:{_LOCAL})
        | (?P<string>{_STRING})
        | (?P<number>{NUMBER})
        | (?P<blank>_:[_0-9{_LETTERS}]{_DOTTED})
        | (?P<comment>{COMMENT})
        | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?+)
        | (?P<mark>\{{\||\|\}}|\^\^|&&|\|\||[>!<]=|>>|[][(){{}},;.=!<>&|^*/+?~-])
        | (?P<escape>{_CODEPOINT})
        | (?P<other>\\?.)""",
    re.VERBOSE | re.DOTALL,
)
_COMPARISON: Final = re.compile("(?P<mark><=?)")
"""What begins with `<` after an operand."""

_IRI_OR_TRIPLE: Final = re.compile(f"<<|{IRI}", re.VERBOSE)
_TELLING: Final = re.compile(r"<<|[]?$()[,;'#\\]|_:")
"""What makes a difference: an IRI without these has no variable, string, comment or bracket."""

_KINDS: Final[dict[str, TokenKind]] = {"local": "name", "triple": "mark"}
_OPENING: Final = frozenset({"(", "[", "{", "{|", "<<"})
_CLOSING: Final = frozenset({")", "]", "}", "|}", ">>"})
_SURELY_BEFORE_IRI: Final = frozenset("({[,;.=!&|^*/+-")
"""After one of these characters `<` begins an IRI wherever it stands."""

_CLAUSES: Final = ("SELECT", "HAVING", "BY")
_CONSTRAINTS: Final = ("FILTER", "BIND")


class SparqlToken(NamedTuple):
    """A token: its kind, its text, and the offset of its first character.

    `is_doubtful` says that the engine may read an IRI there, or `<` and other tokens, and that this
    makes a difference: `<urn:a>` hides nothing, while `<urn:a#b>` may be `<` and a comment.
    """

    kind: TokenKind
    text: str
    start: int
    is_doubtful: bool = False

    @property
    def end(self) -> int:
        """The offset behind its last character."""
        return self.start + len(self.text)

    @property
    def is_gap(self) -> bool:
        """Whether it is whitespace or a comment."""
        return self.kind in ("whitespace", "comment")

    @property
    def word(self) -> str:
        """The keyword in capitals; empty for anything but a word."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def keywords(self) -> str:
        """The text, in capitals, in which the engine may find keywords.

        For a name that is its prefix. Where the name stands for no IRI, because its prefix is not
        declared or the IRI is invalid, the engine reads `GRAPHe:g` as GRAPH and `e:g`.
        """
        if self.kind == "name":
            return self.text.partition(":")[0].upper()
        return self.word


def tokenize(text: str) -> Iterator[SparqlToken]:
    """Yield the tokens of a query or an update; their texts join to the text itself.

    Any text has tokens, also one that is not SPARQL. It takes time linear in the length.
    """
    place, parens = 0, 0
    before: SparqlToken | None = None
    levels: list[tuple[str, bool, bool]] = []  # the brackets that are open, and what was outside
    # Inside an expression `<` compares after an operand. Parentheses begin an expression inside
    # another, after a keyword, in the clauses SELECT, GROUP BY, HAVING and ORDER BY, and in FILTER
    # and BIND, which end with them; all others hold lists, rows of VALUES or property paths.
    is_expression = is_clause = is_constraint = False
    while place < len(text):
        is_operator = is_expression and before is not None and _is_operand(before)
        pattern = _COMPARISON if is_operator and text[place] == "<" else _TOKEN
        # One always matches: `other` is any character.
        match = cast("re.Match[str]", pattern.match(text, place))
        group = match.lastgroup or "other"
        token = SparqlToken(_KINDS.get(group) or cast("TokenKind", group), match[0], place)
        place = match.end()
        if token.kind in ("whitespace", "comment"):
            yield token
            continue
        if token.kind == "mark":
            mark = token.text
            if mark in _OPENING:
                levels.append((mark, is_expression, is_clause))
                begins = is_expression or is_clause or is_constraint or _is_function(before)
                is_triple = before is not None and before.text == "<<"
                is_expression = mark == "(" and begins and not is_triple
                is_clause = is_constraint = False
                parens += mark == "("
            elif mark in _CLOSING and levels and (mark != ">>" or levels[-1][0] == "<<"):
                opening, is_expression, is_clause = levels.pop()
                is_constraint = False
                parens -= opening == "("
        elif token.kind == "word":
            word = token.word
            is_clause = is_clause or any(clause in word for clause in _CLAUSES)
            is_constraint = is_constraint or any(name in word for name in _CONSTRAINTS)
        if token.text[0] == "<" and parens and before is not None:
            iri = _IRI_OR_TRIPLE.match(text, token.start)
            hides = iri is not None and _TELLING.search(iri[0]) is not None
            token = token._replace(is_doubtful=hides and before.text[-1] not in _SURELY_BEFORE_IRI)
        before = token
        yield token


def _is_operand(before: SparqlToken) -> bool:
    """Tell whether an operand of an expression ends with a token."""
    if before.kind == "mark":
        return before.text in _CLOSING
    return before.kind not in ("word", "escape") or not before.word.endswith("DISTINCT")


def _is_function(before: SparqlToken | None) -> bool:
    """Tell whether parentheses after a token have arguments; after the verb `a` they are a list."""
    return before is not None and before.kind == "word" and before.text != "a"
