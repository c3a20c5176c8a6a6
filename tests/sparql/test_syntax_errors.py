"""The place of a mistake in a query or an update, and its reason."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from urbansdg.sparql.syntax_errors import SyntaxMistake, mistake

_BASE = "http://example.org/"

_QUERY = """PREFIX e: <http://e/>
SELECT ?a (COUNT(DISTINCT ?b) AS ?n) FROM <http://e/g> WHERE {
  ?a e:p/^e:q+ "x\\"y"@en , '''long''' ; a e:T . # note
  OPTIONAL { ?a e:r ?b FILTER(?b >= 1.5 && REGEX(STR(?a), "^h.*")) }
  VALUES ?a { e:x UNDEF } { SELECT * { ?s ?p ?o } LIMIT 3 }
} GROUP BY ?a ORDER BY DESC(?n) LIMIT 10
"""
_WORDS = [word.span() for word in re.finditer(r"(?<![\w?<@:/.^-])[A-Z]{3,}(?!\w)", _QUERY)]


def _mistake(text: str) -> SyntaxMistake:
    """Return the mistake of a query, which the engine may read after all."""
    try:
        Store().query(text)
    except SyntaxError as error:
        return mistake(text, str(error))
    except (RuntimeError, OSError):
        pass
    return mistake(text, "")


def _reason(text: str) -> SyntaxMistake:
    """Return the mistake of a wrong query, or of a wrong update after `update: `."""
    text = text.encode("latin-1", "backslashreplace").decode("unicode-escape")
    ask = Store.update if text.startswith("update: ") else Store.query
    text = text.removeprefix("update: ")
    with pytest.raises(SyntaxError) as caught:
        ask(Store(), text, base_iri=_BASE)
    return mistake(text, str(caught.value), ask, _BASE)


def test_the_query_itself_is_right() -> None:
    """The query that is spoilt below is one that the engine reads."""
    Store().query(_QUERY)


@given(st.sampled_from(_WORDS), st.sampled_from(["%", "]]", "§"]))
def test_the_place_of_a_mistake_is_found(span: tuple[int, int], wrong: str) -> None:
    """A token that cannot stand before a keyword is found, wherever that keyword is."""
    start = span[0]
    spoilt = f"{_QUERY[:start]}{wrong} {_QUERY[start:]}"
    position = _mistake(spoilt)
    line = spoilt[:start].count("\n") + 1
    assert (position.line, position.column) == (line, start - spoilt[:start].rfind("\n"))
    assert wrong.startswith(position.token)


@given(st.text(max_size=30) | st.text("SELECT*{}?a<:>\"' \n#()1.", max_size=30))
def test_whatever_the_text_there_is_a_place(text: str) -> None:
    """A text that is no query has its mistake at a place within it, or at its end."""
    position = _mistake(text)
    lines = text.split("\n")
    assert 1 <= position.line <= len(lines)
    assert 1 <= position.column <= len(lines[position.line - 1]) + 1
    assert lines[position.line - 1][position.column - 1 :].startswith(position.token.split("\n")[0])


@pytest.mark.parametrize("text", ["", "   ", "# only a note\n"])
def test_what_has_no_tokens_ends_too_early(text: str) -> None:
    """The mistake of an empty query is at its beginning."""
    assert (_mistake(text).line, _mistake(text).column, _mistake(text).token) == (1, 1, "")


_ONLY_SPACE = "stands where only a space, a tab or a line break may stand"
_REASONS = {
    "SELECT * { VALUES ?x {1} BIND(2 AS ?x) }": (
        "?x",
        "BIND cannot set ?x, which is in scope already",
    ),
    "ASK { ?s ?p ?x { BIND(1 AS ?x) } BIND(2 AS ?y) BIND(3 AS ?x) BIND(4 AS ?z) }": (
        "?x",
        "BIND cannot set ?x, which is in scope already",
    ),
    "SELECT ?x (COUNT(*) AS ?n) { VALUES ?x {1} }": (
        "?x",
        "?x is in SELECT but not grouped; name it in GROUP BY or in an aggregate",
    ),
    "SELECT ?p ?s ?o (MAX(?o) AS ?m) { ?s ?p ?o } GROUP BY ?s": (
        "?p",
        "?p, ?o are in SELECT but not grouped; name them in GROUP BY or in aggregates",
    ),
    "SELECT (?x + 1 AS ?y) (COUNT(*) AS ?n) { ?x ?p ?o } GROUP BY ?o": (
        "?x",
        "?x is in SELECT but not grouped; name it in GROUP BY or in an aggregate",
    ),
    "ASK { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } } }": (
        "?s",
        "?s is in SELECT but not grouped; name it in GROUP BY or in an aggregate",
    ),
    "SELECT * { ?s ?p ?o } GROUP BY ?s": (
        "",
        "SELECT * cannot stand with GROUP BY; name the columns",
    ),
    "SELECT (1 AS ?x) { ?x ?p ?o }": ("?x", "SELECT cannot set ?x, which is in scope already"),
    "SELECT (1 AS ?x) ?x {}": ("?x", "?x stands twice in SELECT"),
    "ASK { VALUES (?x ?y) { (1 2) (UNDEF) } }": (
        "(",
        "a row of VALUES has 1 value for 2 variables",
    ),
    "ASK { VALUES (?x) { (-1) ('a'@en 'b'^^<c>) } }": (
        "(",
        "a row of VALUES has 2 values for 1 variable",
    ),
    "ASK { VALUES (?x ?x) { (1 2) } }": ("?x", "VALUES names ?x twice"),
    "ASK { VALUES ?x { ?y } }": ("?y", "VALUES takes no variables in its rows: ?y"),
    "ASK { VALUES ?x { _:b } }": ("_:b", "VALUES takes no blank nodes: _:b"),
    "ASK { { ?s ?p _:a } { _:a ?p ?o } }": (
        "_:a",
        "the blank node _:a is used in two groups of patterns",
    ),
    "ASK { ?s foo:bar ?o }": ("foo:bar", "the prefix 'foo:' is not declared"),
    "ASK { ?s usdg:leadCity ?o }": (
        "usdg:leadCity",
        "the prefix 'usdg:' is not declared (PREFIX usdg: <https://w3id.org/urbansdg/ontology#>)",
    ),
    "ASK { <http://a b> ?p ?o }": (
        "<http://a b>",
        "'<http://a b>' is not a valid IRI: it has ' '",
    ),
    "PREFIX e: <http://[> ASK {}": ("<http://[>", "'<http://[>' is not a valid IRI"),
    "ASK { <rel> ?p ?o FOO }": ("FOO", "'FOO' cannot stand here"),
    "ASK { ?s ?p <http://x }": ("<http://x }", "the IRI that begins with < does not end"),
    "ASK { ?s ?p 'abc }": ("'", "the string that begins with ' does not end on its line"),
    'ASK { ?s ?p """abc }': ('"""', 'the string that begins with """ does not end'),
    r"ASK { ?s ?p 'a\\\\b\\qb' }": (r"\q", r"\q is not an escape that stands for a character"),
    r"ASK { ?s ?p '\\uD800' }": (
        r"\uD800",
        r"\uD800 is not an escape that stands for a character",
    ),
    "ASK { ?s ?p 'x'@ }": ("@", "no language tag follows '@'"),
    "ASK { ?s ?p 'x'@muchtoolong }": ("@muchtoolong", "'@muchtoolong' is not a valid language tag"),
    "ASK { FILTER(FOO(1)) }": ("FOO", "there is no function FOO"),
    "ASK { FILTER(COUNT(*) > 1) }": (
        "COUNT",
        "COUNT cannot stand here: aggregates stand in SELECT, HAVING and ORDER BY",
    ),
    "SELECT COUNT(*) AS ?n { ?s ?p ?o }": (
        "COUNT",
        (
            "an expression in SELECT stands in parentheses, with AS and a variable:"
            " (COUNT(...) AS ?name)"
        ),
    ),
    "ASK { ?s ?p ?o } LIMIT 99999999999999999999": (
        "99999999999999999999",
        "the query limit should be a non negative integer",
    ),
    "SELECT\\u00a0?x {}": (
        "\u00a0",
        f"a character (U+00A0, no-break space) {_ONLY_SPACE}",
    ),
    "ASK { ?s ?p ?o\\u200b }": (
        "\u200b",
        f"a character (U+200B, zero width space) {_ONLY_SPACE}",
    ),
    "ASK WHERE\\ufeff { }": (
        "\ufeff",
        f"a character (U+FEFF, zero width no-break space) {_ONLY_SPACE}",
    ),
    "ASK { ?s ?p \\x0c ?o }": (
        "\x0c",
        f"a character (U+000C, control character) {_ONLY_SPACE}",
    ),
    "ASK { ?s ?p \\u201chello\\u201d }": (
        "\u201c",
        "'\u201c' (U+201C, left double quotation mark) is not a character of SPARQL; write \"",
    ),
    "ASK { ?s ?p ?o": ("", "it ends too early: '{' at line 1, column 5 is not closed"),
    "SELECT ?s WHERE": ("", "it ends too early"),
    "DELETE WHERE { ?s ?p ?o }": ("DELETE", "it is an update, not a query"),
    "update: ASK {}": ("ASK", "it is a query, not an update"),
    "update: DELETE DATA { _:k <m> 1 }": ("_:k", "DELETE DATA takes no blank nodes: _:k"),
    "update: DELETE DATA { GRAPH <g> { <a> <m> [] } }": (
        "[",
        "DELETE DATA takes no blank nodes: [",
    ),
    "update: DELETE DATA { ?s <m> 1 }": ("?s", "DELETE DATA takes no variables: ?s"),
    "update: INSERT DATA { GRAPH ?g { <s> <p> 1 } }": ("?g", "INSERT DATA takes no variables: ?g"),
    "update: INSERT DATA { 'a' <p> 1 }": ("}", "a literal cannot be a subject"),
    "update: DELETE { _:b <m> 1 } WHERE {}": ("_:b", "DELETE takes no blank nodes: _:b"),
    "update: DELETE WHERE { _:b ?p ?o }": ("_:b", "DELETE WHERE takes no blank nodes: _:b"),
    "update: INSERT DATA { _:k <m> 1 } ; INSERT DATA { _:k <m> 2 }": (
        "_:k",
        "the blank node _:k is used in two operations",
    ),
    "update: INSERT { ?s ?p ?o } WHERE { ?s ?p ?o BIND(1 AS ?o) }": (
        "?o",
        "BIND cannot set ?o, which is in scope already",
    ),
}


@pytest.mark.parametrize("text", _REASONS)
def test_a_reason_names_the_part_at_fault(text: str) -> None:
    """The reason of each kind of syntax error names what is at fault, and its place is there."""
    token, reason = _REASONS[text]
    wrong = _reason(text)
    assert (wrong.token, wrong.reason) == (token, reason)


_WRONG = r"""
SELECT * { VALUES ?x {1} BIND(2 AS ?x) }
SELECT ?x (COUNT(*) AS ?n) { VALUES ?x {1} }
SELECT ?x { ?x ?p ?o } GROUP BY ?o
SELECT (?x+1 AS ?y) (COUNT(*) AS ?n) { ?x ?p ?o } GROUP BY ?o
SELECT * { ?s ?p ?o } GROUP BY ?s
SELECT (1 AS ?x) { ?x ?p ?o }
SELECT (1 AS ?x) (2 AS ?x) {}
SELECT ?x ?x {}
SELECT (1 AS ?x) ?x {}
SELECT { ?s ?p ?o }
SELECT ?s
SELECT ?s WHERE
SELECT ?s { ?s ?p ?o
SELECT ?s { ?s ?p }
SELECT ?s { ?s }
SELECT ?s { ?s ?p ?o } }
SELECT ?s { ?s ?p ?o } LIMIT
SELECT ?s { ?s ?p ?o } LIMIT x
SELECT ?s { ?s ?p ?o } LIMIT -1
SELECT ?s { ?s ?p ?o } LIMIT 1.5
SELECT ?s { ?s ?p ?o } LIMIT 99999999999999999999999
SELECT ?s { ?s ?p ?o } OFFSET 99999999999999999999999
SELECT ?s { ?s ?p ?o } ORDER
SELECT ?s { ?s ?p ?o } ORDER BY
SELECT ?s { ?s ?p ?o } ORDER BY ASC ?s
SELECT ?s { ?s ?p ?o } GROUP BY
SELECT ?s { ?s ?p ?o } HAVING ?s
SELECT ?s { ?s ?p ?o } LIMIT 1 ORDER BY ?s
SELECT ?s { ?s foo:bar ?o }
PREFIX foo <http://x> SELECT ?s {}
PREFIX foo: http://x SELECT ?s {}
PREFIX <http://x> ASK {}
BASE foo ASK {}
ASK { <http://a b> ?p ?o }
ASK { <http://[> ?p ?o }
ASK { <http://a/%zz> ?p ?o }
ASK { <::> ?p ?o }
ASK { <http://ex:port/> ?p ?o }
ASK { ?s "p" ?o }
ASK { ?s _:b ?o }
ASK { ?s ?p ?o . ?s ?p }
ASK { ?s ?p "abc }
ASK { ?s ?p 'abc
ASK { ?s ?p '''abc }
ASK { ?s ?p "a\\qb" }
ASK { ?s ?p "\\uD800" }
ASK { ?s ?p "x"@ }
ASK { ?s ?p "x"@123 }
ASK { ?s ?p "x"^^ }
ASK { ?s ?p "x"^^"y" }
ASK { FILTER(?x > ) }
ASK { FILTER ?x > 1 }
ASK { FILTER }
ASK { FILTER(1 2) }
ASK { FILTER(?x == 1) }
ASK { FILTER(?x <> 1) }
ASK { FILTER(FOO(?x)) }
ASK { FILTER(STRLEN()) }
ASK { FILTER(STRLEN(?a, ?b)) }
ASK { FILTER(SUBSTR(?a)) }
ASK { FILTER(IF(?a, ?b)) }
ASK { FILTER(BOUND(1)) }
ASK { FILTER(COUNT(*) > 1) }
ASK { FILTER(SUM(?x) > 1) }
ASK { BIND(COUNT(?x) AS ?n) }
ASK { BIND(1 ?x) }
ASK { BIND(1 AS x) }
ASK { BIND 1 AS ?x }
ASK { ?s ?p ?x . BIND(1 AS ?x) }
ASK { VALUES ?x { 1 2 }
ASK { VALUES (?x ?y) { (1) } }
ASK { VALUES (?x ?y) { (1 2 3) } }
ASK { VALUES (?x) { 1 } }
ASK { VALUES ?x { ?y } }
ASK { VALUES ?x { _:b } }
ASK { VALUES (?x ?x) { (1 2) } }
SELECT * {} VALUES ?x
ASK { { ?s ?p _:a } { _:a ?p ?o } }
ASK { ?s ?p _:a OPTIONAL { _:a ?q ?r } }
CONSTRUCT { ?s ?p ?o
CONSTRUCT { ?s ?p } WHERE { }
CONSTRUCT { GRAPH ?g { ?s ?p ?o } } WHERE { }
CONSTRUCT WHERE { ?s ?p ?o FILTER(?o > 1) }
CONSTRUCT { ?s ?p/?q ?o } WHERE {}
CONSTRUCT { FILTER(1) } {}
CONSTRUCT ?x {}
DESCRIBE
DESCRIBE "x"
ASK
ASK ?x {}
INSERT DATA { <a> <b> <c> }
DELETE WHERE { ?s ?p ?o }
FOO BAR
SELCT ?s { ?s ?p ?o }
SELECT ?s FROM { ?s ?p ?o }
SELECT ?s FROM ?g { ?s ?p ?o }
SELECT ?s FROM NAMED { ?s ?p ?o }
SELECT ?s WHERE { GRAPH { ?s ?p ?o } }
SELECT ?s WHERE { GRAPH "x" { ?s ?p ?o } }
SELECT ?s WHERE { OPTIONAL ?s ?p ?o }
SELECT ?s WHERE { UNION { ?s ?p ?o } }
SELECT ?s WHERE { { ?s ?p ?o } UNION }
SELECT ?s WHERE { MINUS }
SELECT ?s WHERE { ?s a/ ?o }
SELECT ?s WHERE { ?s ?p* ?o }
SELECT ?s WHERE { ?s ^?p ?o }
SELECT ?s WHERE { ?s <a>{1,2} ?o }
SELECT ?s WHERE { ?s !(?p) ?o }
SELECT ?s WHERE { ?s | <a> ?o }
SELECT ?s WHERE { ?s ?p (1 2 ?o }
SELECT ?s WHERE { ?s ?p [ ?q ?o }
SELECT ?s WHERE { ?s ?p ?o, . }
SELECT ?s WHERE { ?s ?p ?o,, ?z }
SELECT ?s, ?p WHERE { ?s ?p ?o }
SELECT ?s ?p; WHERE { ?s ?p ?o }
SELECT s WHERE { ?s ?p ?o }
SELECT COUNT(*) WHERE { ?s ?p ?o }
SELECT COUNT(*) AS ?n WHERE { ?s ?p ?o }
SELECT (COUNT(*)) WHERE { ?s ?p ?o }
SELECT (COUNT(*) ?n) WHERE { ?s ?p ?o }
SELECT (COUNT(?s, ?p) AS ?n) WHERE { ?s ?p ?o }
SELECT (SUM(*) AS ?n) WHERE { ?s ?p ?o }
SELECT (GROUP_CONCAT(?s, ",") AS ?n) WHERE { ?s ?p ?o }
SELECT (GROUP_CONCAT(?s; SEPARATOR=?x) AS ?n) WHERE { ?s ?p ?o }
SELECT DISTINCT WHERE { ?s ?p ?o }
SELECT DISTINCT REDUCED ?s WHERE { ?s ?p ?o }
SELECT ?s WHERE { SELECT ?s { ?s ?p ?o } ?s ?p ?o }
SELECT ?s WHERE { ?s ?p ?o SELECT ?s {} }
SELECT ?s WHERE { SERVICE { ?s ?p ?o } }
SELECT ?s WHERE { ?s ?p ?o FILTER NOT EXISTS }
SELECT ?s WHERE { ?s ?p ?o FILTER NOT IN (1) }
SELECT ?s WHERE { FILTER(?s IN 1) }
SELECT ?s WHERE { FILTER(?s NOT (1)) }
SELECT ?s WHERE { FILTER(!) }
SELECT ?s WHERE { FILTER(?a && ) }
SELECT ?s WHERE { FILTER(?a & ?b) }
SELECT ?s WHERE { FILTER(?a AND ?b) }
SELECT ?s WHERE { FILTER(NOT ?b) }
SELECT ?s WHERE { FILTER(?a = 'x) }
SELECT ?s WHERE { FILTER regex(?s "x") }
SELECT ?s WHERE { FILTER regex(?s, "x" "i") }
SELECT ?s WHERE { ?s ?p 1.2.3 }
SELECT ?s WHERE { ?s ?p 1e }
SELECT ?s WHERE { ?s ?p +-1 }
SELECT ?s WHERE { ?s ?p TRU }
SELECT ?s WHERE { ?s ?p null }
SELECT ?s WHERE { ?s ?p ? }
SELECT $ WHERE { ?s ?p $ }
SELECT ?1-2 WHERE { ?s ?p ?o }
SELECT ?s WHERE [ ?s ?p ?o ]
SELECT ?s WHERE ( ?s ?p ?o )
SELECT ?s WHERE { ?s ?p ?o # }
SELECT ?s WHERE { ?s ?p <http://x }
SELECT ?s WHERE { ?s ?p ex:a%zz }
PREFIX ex: <http://x/> SELECT ?s WHERE { ?s ?p ex:a%zz }
PREFIX ex: <http://x/> SELECT ?s WHERE { ?s ?p ex:a/b }
PREFIX ex: <http://x/> SELECT ?s WHERE { ?s ?p ex:a(b) }
SELECT ?s WHERE { ?s <http://a> ?o } ; SELECT ?x {}
SELECT ?s WHERE { << ?s ?p >> ?q ?o }
SELECT ?s WHERE { ?s ?p ?o {| ?x |} }
SELECT ?s WHERE { BIND(<<?s ?p ?o>> AS ?t) }
SELECT\u00a0?x {}
SELECT ?x\u200b {}
SELECT ?x {\u00a0?x ?p ?o }
SELECT ?x WHERE\u2003{ ?x ?p ?o }
SELECT ?x WHERE {?x ?p ?o\u3000. }
SELECT ?x WHERE { ?x ?p \u201chello\u201d }
SELECT ?x WHERE { ?x ?p ?o FILTER(?o \u2265 1) }
SELECT ?x WHERE { ?x ?p ?o \x0c }
SELECT ?x WHERE { ?x ?p ?o \x00 }
\ufeffSELECT ?x WHERE\ufeff { ?x ?p ?o }
SELECT ?x WHERE { ?x ?p \u20131 }
WITH <g> SELECT ?x {}
EXPLAIN SELECT ?x {}
DEFINE input:inference "x" SELECT ?x {}
SELECT TOP 10 ?x {}
SELECT ?x { ?x ?p ?o } LIMIT 10,20
SELECT ?x { ?x rdf:type ?o }
SELECT ?x { ?x a ?o . a ?y ?z }
SELECT ?x { LET (?x := 1) }
SELECT (MAX(?v) AS ?m) ?k { ?s ?k ?v }
SELECT ?k { ?s ?k ?v } HAVING (COUNT(?v) > 1)
SELECT ?g { ?s ?p ?o } GROUP BY (?s AS ?s)
SELECT (UNKNOWN(?x) AS ?y) { ?s ?p ?x }
SELECT (<urn:f>(DISTINCT ?x) AS ?y) { VALUES ?x {1} }
SELECT ?x { ?x ?p ?o } FROM <urn:g>
VERSION SELECT ?x {}
SELECT ?x { ?x ?p ?o FILTER EXISTS ?x ?p ?o }
SELECT (COUNT(DISTINCT) AS ?n) {}
SELECT ?x WHERE { ?x ?p ?o } ORDER BY DESC
SELECT ?x WHERE { ?x ?p ?o } ORDER BY -?x
SELECT ?x WHERE { ?x ?p ?o } GROUP BY COUNT(?x)
SELECT ?x WHERE { ?x ?p ?o . FILTER(?x = <http://a>> ) }
SELECT ?x WHERE { ?x ?p "a"@en@de }
SELECT ?x WHERE { ?x ?p "a"@en^^<b:b> }
SELECT ?x WHERE { ?x ?p "a"@toolonglanguagetag }
SELECT ?x WHERE { ?x ?p "a"@en--xx }
update: INSERT DATA { GRAPH <u> { _:k <m> 1 } } ; INSERT DATA { GRAPH <u> { _:k <m> 2 } }
update: DELETE DATA { _:k <urn:m> 1 }
update: DELETE DATA { [] <urn:m> 1 }
update: DELETE DATA { <urn:a> <urn:m> [] }
update: DELETE DATA { <urn:a> <urn:m> (1) }
update: DELETE DATA { ?s <urn:m> 1 }
update: INSERT DATA { ?s <urn:m> 1 }
update: INSERT DATA { <urn:s> ?p 1 }
update: INSERT DATA { <urn:s> <urn:p> ?o }
update: INSERT DATA { GRAPH ?g { <urn:s> <urn:p> 1 } }
update: DELETE { _:b <urn:m> 1 } WHERE { }
update: DELETE { [] <urn:m> 1 } WHERE { }
update: DELETE WHERE { _:b ?p ?o }
update: DELETE WHERE { ?s ?p ?o FILTER(?o > 1) }
update: DELETE WHERE { ?s <a>/<b> ?o }
update: INSERT DATA { <urn:a> <urn:b>/<urn:c> 1 }
update: INSERT { ?s ?p ?o }
update: INSERT WHERE { ?s ?p ?o }
update: INSERT { ?s ?p ?o } { }
update: DELETE { ?s ?p ?o } INSERT { ?s ?p ?o }
update: INSERT DATA { <urn:a> <urn:b> 1
update: INSERT DATA <urn:a> <urn:b> 1
update: INSERT DATA { <urn:a> <urn:b> }
update: INSERT DATA { foo:a <urn:b> 1 }
update: INSERT DATA { "a" <urn:b> 1 }
update: INSERT DATA { <urn:a> <urn:b> "x }
update: INSERT { ?s ?p ?o } WHERE { ?s ?p ?o
update: INSERT DATA { <urn:a> <urn:b> 1 } INSERT DATA { <urn:a> <urn:b> 2 }
update: INSERT DATA { <urn:a> <urn:b> 1 } ; ;
update: INSERT DATA { GRAPH <urn:g> { GRAPH <urn:h> { <urn:a> <urn:b> 1 } } }
update: INSERT DATA { { <urn:a> <urn:b> 1 } }
update: CREATE <urn:g>
update: CREATE GRAPH
update: CREATE GRAPH DEFAULT
update: DROP
update: DROP <urn:g>
update: DROP GRAPH
update: DROP GRAPH ?g
update: CLEAR
update: CLEAR <urn:g>
update: CLEAR GRAPH "x"
update: COPY <urn:a>
update: COPY <urn:a> TO
update: COPY <urn:a> <urn:b>
update: MOVE DEFAULT TO NAMED
update: ADD ALL TO <urn:b>
update: SELECT * {}
update: ASK {}
update: UPDATE x
update: MODIFY <urn:g> DELETE { } INSERT { } WHERE { }
update: WITH <urn:g> INSERT DATA { <urn:a> <urn:b> 1 }
update: WITH ?g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }
update: WITH <urn:g> DELETE WHERE { ?s ?p ?o }
update: DELETE { ?s ?p ?o } USING WHERE { ?s ?p ?o }
update: DELETE { ?s ?p ?o } USING ?g WHERE { ?s ?p ?o }
update: DELETE FROM <urn:g> { ?s ?p ?o }
update: DELETE FROM <urn:g> WHERE { ?s ?p ?o }
update: INSERT INTO <urn:g> { <urn:a> <urn:b> 1 }
update: INSERT DATA { <urn:a> <urn:b> 1 }\u00a0; INSERT DATA { <urn:a> <urn:b> 2 }
update: INSERT\u00a0DATA { <urn:a> <urn:b> 1 }
update: INSERT DATA { <urn:a> <urn:b> 1 ,, 2 }
update: INSERT DATA { <urn:a> <urn:b> 1 .. <urn:c> <urn:d> 2 }
update: INSERT DATA { <a b> <urn:b> 1 }
update: INSERT DATA { <urn:a> <urn:b> <urn:\\u0020> }
update: PREFIX x: <urn:x> INSERT DATA { x:a x:b y:c }
update: INSERT { ?s ?p ?o } WHERE { SELECT ?s (COUNT(*) AS ?o) { ?s ?p ?x } }
update: INSERT { ?s ?p ?o } WHERE { ?s ?p ?o BIND(1 AS ?o) }
update: DELETE DATA { GRAPH <urn:g> { ?s ?p _:b } }
""".strip().splitlines()
_CUT = re.compile(
    r"(?: (?:in|of|the|a|an|not|by|with|and|or|to|for|is|are|has|from)|[:,;]|['\"] is)$"
)


@pytest.mark.parametrize("text", _WRONG)
def test_no_reason_is_cut_off(text: str) -> None:
    """The reason of a wrong text is whole: it does not end with a word that needs another."""
    wrong = _reason(text)
    assert wrong.reason
    assert not _CUT.search(wrong.reason)
    assert "expected" not in wrong.reason
    assert "unreported" not in wrong.reason
