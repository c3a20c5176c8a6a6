"""The clauses that matter before evaluation: SERVICE, LOAD and FROM.

SERVICE and LOAD make the engine fetch from elsewhere, so they are guarded: whatever could be read
as one counts, also in a comment or a string, at any place and whatever a token before it may hide.
These two are read in the bare text for that reason, not from the tokens. FROM decides only what a
query means, and is read from its tokens.
"""

import re
from collections.abc import Iterator
from typing import Final

from urbansdg.sparql.tokenizer import GAP, SparqlToken, tokenize

# More than an IRI or a name may have: what the engine refuses does no harm here.
_IRI: Final = r'<[^<>{}"\s]*+>'
_VARIABLE: Final = r"[?$][^\s<>{}\#]++"
_PREFIXED: Final = r"(?:[^\s<>{}\#\\]|\\.)++"
SERVICE: Final = re.compile(
    # After `?`, `$` or `:` the engine reads on to the end of a variable or a prefixed name.
    rf"""[?$:][A-Za-z0-9_]++
    | (?P<service>
        SERVICE {GAP} (?P<silent>SILENT {GAP})? (?P<name>{_IRI}|{_VARIABLE}|{_PREFIXED}) {GAP} \{{
      )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Matches, as the group `service`, what could be a clause; `name` is its endpoint.

The group `silent` is there where SILENT is.
"""

_LOAD: Final = re.compile(
    rf"""(?: \A | [;>'"] ) {GAP} LOAD {GAP} (?:SILENT {GAP})?
    (?: {_IRI} | [^\s<>{{}}\#;\\:]*+ : (?:[^\s<>{{}}\#;\\]|\\.)*+ ) {GAP}
    (?: INTO | ; | \Z )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def has_service(query: str) -> bool:
    """Tell whether the query may have a SERVICE clause; a real one is never missed.

    A false alarm needs a comment or string that spells one out, brace and all.
    """
    if "service" not in query.casefold():
        return False
    return next(service_matches(query), None) is not None


def service_matches(query: str) -> Iterator[re.Match[str]]:
    """Yield whatever could be a SERVICE clause, also one inside of what could be another.

    `'SERVICE SILENT #' SERVICE <a> {` is either: the engine knows which.
    """
    start = 0
    while match := SERVICE.search(query, start):
        if match["service"]:
            yield match
        start = match.start() + 1 if match["service"] else match.end()


def has_load(update: str) -> bool:
    """Tell whether the update may have a LOAD operation; a real one is never missed.

    An operation begins the update, or follows a semicolon or the end of the prologue (an IRI, the
    string of VERSION); LOAD goes on with INTO or ends there. A false alarm needs a comment or
    string that spells all this out.
    """
    if "load" not in update.casefold():
        return False
    return _LOAD.search(update) is not None


def has_dataset(query: str) -> bool:
    """Tell whether the query has a FROM clause (SPARQL 1.1, section 13.2), its own dataset.

    FROM stands before the pattern, outside all braces. It may touch other words, as in
    `ASKFROM <g>`, and the name after it, as in `FROMe:g` where no prefix `FROMe` is declared.
    """
    if "from" not in query.casefold():  # most queries; finding a text is faster than reading words
        return False
    declared: set[str] = set()
    before = ""
    for token in tokens_before_pattern(query):
        if token.kind == "name" and (before == "PREFIX" or token.keywords.startswith("PREFIX")):
            declared.add(token.keywords.removeprefix("PREFIX"))
        elif "FROM" in token.keywords and (token.kind == "word" or token.keywords not in declared):
            return True
        before = token.word
    return False


def tokens_before_pattern(query: str) -> Iterator[SparqlToken]:
    """Yield the tokens of a query before its pattern, without gaps and without a template."""
    braces, parens, has_template = 0, 0, False
    for token in tokenize(query):
        if token.kind == "mark":
            braces += {"{": 1, "}": -1}.get(token.text, 0)
            parens += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text == "{" and not parens and not has_template:
                return
            has_template = has_template and token.text != "}"
        if not braces and not token.is_gap:
            has_template = has_template or "CONSTRUCT" in token.word
            yield token
