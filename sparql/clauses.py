"""Clauses that matter before a query or update is evaluated: SERVICE, LOAD and FROM.

The engine's grammar is contextual (it reads `?a<?b` as a comparison where the SPARQL tokens, SPARQL
1.1 section 19.8, would have the beginning of an IRI) and lets keywords touch their neighbours
(`1SERVICE<...>`), so no tokeniser of ours can be trusted to agree with it about what is a string
or a comment. SERVICE is therefore looked for in the bare text: whatever could be read as
`SERVICE SILENT? VarOrIri {` is one, in a comment too. Only what follows `?`, `$` or `:` without a
gap is left out: there the engine has to read on to the end of a variable or of a prefixed name.
"""

import re
from typing import Final

GAP: Final = r"(?:\s|\#[^\r\n]*+)*+"
CLOSED: Final = r"""(?:
    <[^<>"{}|^`\x00-\x20]*+> | \#[^\r\n]*+
    | '''(?:[^'\\]|\\.|'(?!''))*+''' | \"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\"
    | '(?:[^'\\\r\n]|\\.)*+' | "(?:[^"\\\r\n]|\\.)*+")"""
"""An IRI, a comment or a string, where nothing else begins (verbose; `.` is any character).

A backslash before it is to be read with what it escapes, or the search takes its time squared.
"""

_IRI: Final = r'<[^<>{}"\s]*+>'
_VARIABLE: Final = r"[?$][^\s<>{}\#]++"
_PREFIXED: Final = r"(?:[^\s<>{}\#\\]|\\.)++"
SERVICE: Final = re.compile(
    rf"""[?$:][A-Za-z0-9_]++
    | (?P<service>
        SERVICE {GAP} (?:SILENT {GAP})? (?P<name>{_IRI}|{_VARIABLE}|{_PREFIXED}) {GAP} \{{
      )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Finds, as the group `service`, whatever could be a clause; `name` is what it asks."""

_LOAD: Final = re.compile(
    rf"""(?: \A | [;>'"] ) {GAP} LOAD {GAP} (?:SILENT {GAP})?
    (?: {_IRI} | [^\s<>{{}}\#;\\:]*+ : (?:[^\s<>{{}}\#;\\]|\\.)*+ ) {GAP}
    (?: INTO | ; | \Z )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORD: Final = re.compile(r"\bFROM\b", re.IGNORECASE)
_FROM: Final = re.compile(
    rf"""{CLOSED} | \\. | [?$:@][A-Za-z0-9_]++ | \b[A-Za-z_][\w.-]*+:
    | (?P<from>\bFROM\b {GAP} (?:NAMED\b {GAP})? (?:<|[^\s<>{{}}\#:]*+:))
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def has_service(query: str) -> bool:
    """Tell whether the query may have a SERVICE clause; a real one is never missed.

    A false alarm needs a comment or string that spells one out, brace and all.
    """
    if "service" not in query.casefold():
        return False
    return any(found["service"] for found in SERVICE.finditer(query))


def has_load(update: str) -> bool:
    """Tell whether the update may have a LOAD operation; a real one is never missed.

    An operation begins the update, or follows a semicolon or what ends the prologue (an IRI, the
    string of VERSION); LOAD goes on with INTO or ends there. A false alarm needs a comment or
    string that spells all this out.
    """
    if "load" not in update.casefold():
        return False
    return _LOAD.search(update) is not None


def has_dataset(query: str) -> bool:
    """Tell whether the query has a FROM clause (SPARQL 1.1 section 13.2), its own dataset."""
    if "from" not in query.casefold():  # to find a text is faster than to find a word
        return False
    if _WORD.search(query) is None:  # most queries have none: `adaptedFrom` is no such word
        return False
    return any(found["from"] for found in _FROM.finditer(query))
