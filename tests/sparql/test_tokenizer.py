"""The tokens of SPARQL text are those that the engine reads."""

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, Store

from urbansdg.sparql.tokenizer import SparqlToken, tokenize

_BASE = "http://base.org/"
_UNREADABLE = "\x01"
_GAPS = ["", " ", "\n", "\t", " # it's \"<a> {\n", "#\n"]
_TOUCHING = frozenset("(){}[],;=<>|&+*/!.^")

_text = st.text("ab#<>'\"{(é \n", max_size=6)
_strings = st.one_of(
    _text.map(lambda it: "'" + it.replace("'", "\\'").replace("\n", "\\n") + "'"),
    _text.map(lambda it: '"' + it.replace('"', "\\u0022").replace("\n", "\\n") + '"'),
    _text.map(lambda it: "'''" + it.replace("'", "\\'") + "'''"),
    _text.map(lambda it: '"""' + it.replace('"', '\\"') + '"""'),
    st.sampled_from(["'''a''b'''", '"""a"b"""', "''", '""', "'''\"\"\"'''"]),
)
_iris = st.sampled_from(["<urn:a>", "<#b>", "<?c&&?d>", "<?c&&'e'>", "<urn:f'g'>", "<\\u0075rn:h>"])
_names = st.sampled_from(["e:a", "e:", "e:a.b", "e:1-\\'", "e:%41:b"])
_numbers = st.sampled_from(["1", "1.5", ".5", "1e5", "1.e-2"])
_variables = st.sampled_from(["?a", "$b", "?c1", "?é"])
_nodes = st.one_of(
    _iris, _names, _variables, _strings, _numbers, st.sampled_from(["true", "false"])
)
_subjects = st.one_of(_iris, _names, _variables)

_Lexemes = list[str]
_lexemes = st.SearchStrategy[_Lexemes]


def _row(*parts: "st.SearchStrategy[str] | _lexemes | str") -> "_lexemes":
    """Return the sequence of some parts, each of one lexeme or several."""
    strategies = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*strategies).map(_flat)


def _flat(parts: object) -> _Lexemes:
    if isinstance(parts, str):
        return [parts]
    assert isinstance(parts, (tuple, list))
    return [lexeme for part in parts for lexeme in _flat(part)]


def _several(part: "_lexemes", between: str = "", least: int = 1, most: int = 2) -> "_lexemes":
    return st.lists(part, min_size=least, max_size=most).map(
        lambda some: _flat([[between, it] if between and n else it for n, it in enumerate(some)])
    )


# Comparisons that look like an IRI: between their `<` and `>` stands nothing that an IRI has not.
_in_an_iri = st.sampled_from(["?a", "?é", "1", ".5", "e:a", "'x'", "'#'"])
_looking_like_iris = st.one_of(
    st.builds("{}<{}&&{}>{}".format, _in_an_iri, _in_an_iri, _in_an_iri, _in_an_iri),
    st.builds("{}<'>'".format, _in_an_iri),
    st.builds("EXISTS{{}}<{}&&{}>{}".format, _in_an_iri, _in_an_iri, _in_an_iri),
).map(_flat)


def _expression_over(inner: "_lexemes") -> "_lexemes":
    operators = st.sampled_from(["<", ">", "<=", ">=", "=", "!="])
    return st.one_of(
        _row("(", inner, operators, inner, ")"),
        _row("(", inner, st.sampled_from(["&&", "||", "+", "-", "*", "/"]), inner, ")"),
        _row("(", inner, operators, inner, "&&", inner, operators, inner, ")"),
        _row(st.sampled_from(["STR", "isIRI", "LANG"]), "(", inner, ")"),
        _row("IF", "(", inner, operators, inner, ",", inner, ",", inner, ")"),
        _row(_iris | _names, "(", inner, operators, inner, ")"),
        _row("EXISTS", "{", _subjects, _iris, _nodes, "}"),
        _row("(", inner, "IN", "(", inner, ",", inner, ")", ")"),
        _row("(", "!", inner, ")"),
        _row("(", _looking_like_iris, ")"),
    )


_operands = st.one_of(_iris, _names, _variables, _strings, _numbers).map(_flat)
_expressions = st.recursive(_operands, _expression_over, max_leaves=5)
_objects = st.one_of(
    _nodes.map(_flat),
    _row("(", _several(_nodes.map(_flat)), ")"),
    _row("[", _iris, _nodes, "]"),
    _row(_strings, st.sampled_from(["@en", "@de-AT"])),
    _row(_strings, "^^", _iris),
    _row("<<(", _subjects, _iris, _nodes, ")>>"),
)
_verbs = st.one_of(_iris.map(_flat), _names.map(_flat), st.just(["a"]))
_paths = st.one_of(
    _verbs,
    _row("(", _verbs, st.sampled_from(["|", "/"]), "^", _verbs, ")", st.sampled_from(["*", "?"])),
    _row("!", "(", _verbs, "|", _verbs, ")"),
    _row(_iris, "+"),
)
_triples = _row(_subjects, _verbs, _objects, ";", _verbs, _objects, ",", _objects)
_patterns = _row(_subjects, _paths, _objects)
_filters = st.one_of(
    _row("FILTER", "(", _expressions, ")"),
    _row("FILTER", _iris, "(", _expressions, ",", _expressions, ")"),
    _row("FILTER", "REGEX", "(", _expressions, ",", _strings, ")"),
    _row("FILTER", "NOT", "EXISTS", "{", _patterns, "}"),
)
_values = st.one_of(
    _row("VALUES", "?a", "{", _several((_iris | _strings | _names).map(_flat)), "}"),
    _row(
        "VALUES",
        "(",
        "?a",
        "?b",
        ")",
        "{",
        "(",
        _iris,
        _strings,
        ")",
        "(",
        _numbers,
        _iris,
        ")",
        "}",
    ),
)


def _group_over(inner: "_lexemes") -> "_lexemes":
    selected = _row("SELECT", "?a", "(", _expressions, "AS", "?x9", ")", "{", inner, "}")
    return st.one_of(
        _row(st.sampled_from(["OPTIONAL", "MINUS"]), "{", inner, "}"),
        _row("{", inner, "}", "UNION", "{", inner, "}"),
        _row("GRAPH", _subjects, "{", inner, "}"),
        _row("{", selected, "}"),
        _row("{", selected, "ORDER", "BY", "?a", _iris, "(", _expressions, ")", "}"),
        _row(inner, _filters, inner),
        _row(inner, _filters, "(", _nodes, _iris, ")", _verbs, _objects),
        _row(inner, _values),
    )


_groups = st.recursive(_patterns, _group_over, max_leaves=3)
_ends: "_lexemes" = st.one_of(
    st.just([]),
    _row("ORDER", "BY", "DESC", "(", _expressions, ")", "(", _expressions, ")"),
    _row("LIMIT", "1"),
    _values,
)
_queries = st.one_of(
    _row("SELECT", "(", _expressions, "AS", "?x8", ")", "?x7", "{", _groups, "}", _ends),
    _row("SELECT", "*", "FROM", _iris, "WHERE", "{", _groups, "}", _ends),
    _row("ASK", "{", _groups, "}", _ends),
    _row("CONSTRUCT", "{", _triples, "}", "WHERE", "{", _groups, "}", _ends),
    _row("DESCRIBE", _iris, "?a", "{", _groups, "}", _ends),
)
_quads = st.one_of(_triples, _row("GRAPH", _iris, "{", _triples, "}"))
_updates = st.one_of(
    _row("INSERT", "DATA", "{", _quads, "}"),
    _row("DELETE", "WHERE", "{", _subjects, _iris, _nodes, "}"),
    _row("WITH", _iris, "INSERT", "{", _quads, "}", "USING", _iris, "WHERE", "{", _groups, "}"),
    _row("INSERT", "{", _quads, "}", "WHERE", "{", _groups, "}", ";", "CLEAR", "GRAPH", _iris),
)


@st.composite
def _joined(draw: st.DrawFn, parts: "_lexemes") -> str:
    """Return the text of some lexemes, with gaps that are empty where they may be."""
    text = "PREFIX e: <urn:e:>\n"
    for lexeme in draw(parts):
        touches = text[-1] in _TOUCHING or lexeme[0] in _TOUCHING or draw(st.integers(0, 9)) == 0
        text += draw(st.sampled_from(_GAPS if touches else _GAPS[1:])) + lexeme
    return text


def _is_read(text: str) -> bool:
    """Tell whether the engine can parse a query or an update."""
    for ask in (Store().query, Store().update):
        try:
            ask(text, base_iri=_BASE)
        except SyntaxError:
            continue
        except (RuntimeError, ValueError):  # parsed, and then not evaluated
            pass
        return True
    return False


def _with_other_inside(token: SparqlToken) -> str:
    """Return a token with another inside: what would end it, had it begun or ended elsewhere."""
    if token.kind == "comment":
        return "# other ' \" < { \\"
    if token.kind == "iri":
        return "<urn:other>"
    quote = token.text[:3] if token.text[:3] in ("'''", '"""') else token.text[0]
    return f"{quote}other # < > {{ {quote}" if len(quote) == 1 else f"{quote}other\n # < {{ {quote}"


def _replaced(text: str, token: SparqlToken, other: str) -> str:
    return text[: token.start] + other + text[token.end :]


@settings(max_examples=settings().max_examples * 3)
@given(text=st.one_of(_joined(_queries), _joined(_updates)), data=st.data())
def test_tokens_have_the_boundaries_that_the_engine_sees(text: str, data: st.DataObject) -> None:
    """Tokens join to the text; a literal, IRI or comment may have any inside, nothing beside it."""
    assume(_is_read(text))
    tokens = list(tokenize(text))
    assert "".join(token.text for token in tokens) == text
    assert all(token.kind not in ("escape", "other") for token in tokens)
    for token in tokens:
        if token.kind in ("comment", "iri", "string"):
            assert _is_read(_replaced(text, token, _with_other_inside(token))), token
    comments = [token for token in tokens if token.kind == "comment"]
    others = [token for token in tokens if token.kind != "comment"]
    for token in data.draw(st.lists(st.sampled_from(others), max_size=8, unique=True)):
        places = [token.start, token.end]
        if token.kind not in ("iri", "string"):
            places.append(token.start + 1)
        for place in places:
            if not any(comment.start < place <= comment.end for comment in comments):
                spoilt = f"{text[:place]}{_UNREADABLE}{text[place:]}"
                assert not _is_read(spoilt), (token, place)


_data = st.lists(
    st.tuples(_iris, _iris, st.one_of(_strings, _iris, _names, _numbers)), min_size=1, max_size=4
).map(lambda rows: _flat([[*row, "."] for row in rows]))


@settings(max_examples=settings().max_examples * 2)
@given(text=_joined(_row("INSERT", "DATA", "{", _data, "}")))
def test_another_inside_changes_the_meaning_only_there(text: str) -> None:
    """What an update inserts differs in the one term whose inside is changed."""
    before = _inserted(text)
    for token in tokenize(text):
        if token.kind not in ("comment", "iri", "string") or token.text == "<urn:e:>":
            continue
        after = _inserted(_replaced(text, token, _with_other_inside(token)))
        if token.kind == "comment":
            assert after == before
            continue
        (new,) = after - before
        assert len(before - after) <= 1
        assert sum("other" in str(term) for term in new) == 1


def _inserted(update: str) -> frozenset[Quad]:
    store = Store()
    store.update(update, base_iri=_BASE)
    return frozenset(store)


@given(st.text() | st.text("ab:.<>='\"\\u0041\n#(){}|&@_?$-+1e", max_size=60))
def test_any_text_has_tokens(text: str) -> None:
    """The tokens of any text join to it, also where it is not SPARQL."""
    tokens = list(tokenize(text))
    assert "".join(token.text for token in tokens) == text
    assert all(text[token.start : token.end] == token.text for token in tokens)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ASK { FILTER(?a<?b&&?c>1) }", "word mark word mark variable mark variable mark variable"),
        ("ASK { ?s e:p (?a <?b&&?c>) }", "word mark variable name mark variable iri"),
        ("SELECT ?a(?b<?c&&?d>1 AS ?e){}", "word variable mark variable mark variable mark"),
        ("ASK { '''a' #\\q '''\n }", "word mark string string comment"),
        ("ASK { '''a' # '''\n }", "word mark string"),
        ("ASK { e:a.b.GRAPHe:c {", "word mark name mark name mark"),
        ("ASK { 1e5GRAPHe:c {", "word mark number name mark"),
        ("ASK { _:a.b. 'x'@en--ltr }", "word mark blank mark string language"),
        ("S\\u0045LECT '\\u0041'", "word escape word string"),
    ],
)
def test_the_context_decides_what_a_token_is(text: str, kinds: str) -> None:
    """A character is read by what stands before it."""
    read = [token.kind for token in tokenize(text) if token.kind != "whitespace"]
    assert " ".join(read).startswith(kinds)


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(?a<?b&&?c>1) }",
        "ASK { ?s e:p (?a <?b&&?c>) }",
        "ASK { FILTER(EXISTS { }<'>'||1=1) }",
        "ASK { ?s ?p 1FILTERe:f(?a<?b&&?c>1) }",
        "ASK { FILTER(?a<<urn:b>) }",
        "ASK { ?s ?p (?a<<urn:b>) }",
        "SELECT * { VALUES (?a ?b) { (1 <urn:it's>) (2 <urn:a#b>) (3 <urn:f(x)>) } }",
    ],
)
def test_what_may_be_a_comparison_or_an_iri_is_doubtful(text: str) -> None:
    """After an operand in parentheses, what may be an IRI or a comparison is marked."""
    assert any(token.is_doubtful for token in tokenize(text))


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s <urn:p> (<urn:a>) FILTER(?a = <urn:b> && 1 < 2) }",
        "SELECT * { ?s <urn:p>/<urn:q> ?o } ORDER BY ?s <urn:f>(?o)",
        "INSERT DATA { <urn:s> <urn:p> <urn:o>, '<a>' }",
        "SELECT * { VALUES (?a ?b) { ('x' <urn:a>) (1 <http://e.org/a%20b>) } }",
        "SELECT * { VALUES (?a ?b) { (<urn:a> <urn:b>) } FILTER(?a = ?b) }",
    ],
)
def test_plain_text_has_no_doubtful_token(text: str) -> None:
    """Where only one reading is possible, no token is marked."""
    assert not any(token.is_doubtful for token in tokenize(text))


_REPEATED = [
    '"\\',
    "\\'''",
    "a.",
    "'''a",
    "<a",
    "<<",
    "(?a<",
    "a:b.c.",
    "1.",
    "_:a.",
    "@a-",
    "\\u0",
]


@pytest.mark.parametrize("part", _REPEATED)
def test_tokens_take_time_in_proportion_to_the_text(part: str) -> None:
    """A text four times as long takes far less than sixteen times as long."""

    def seconds(count: int) -> float:
        began = time.process_time()
        assert sum(len(token.text) for token in tokenize(part * count)) == len(part) * count
        return time.process_time() - began

    short = min(seconds(5_000) for _ in range(3))
    assert seconds(20_000) < 10 * short + 0.05
