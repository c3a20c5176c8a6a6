"""The dataset of an update that a request gives (SPARQL 1.1 Protocol, section 2.2.3).

`using-graph-uri` and `using-named-graph-uri` mean what USING and USING NAMED mean in each operation
with a WHERE clause, so they are written there: the engine takes the dataset of an update from its
text only.
"""

from collections.abc import Iterable

from urbansdg.sparql.tokenizer import SparqlToken, tokenize


class TwoDatasets(Exception):
    """The update has a USING or WITH of its own."""


def with_using(update: str, default: Iterable[str], named: Iterable[str]) -> str:
    """Return the update with the dataset written into each of its operations.

    `default` and `named` are the IRIs of graphs. Raises `TwoDatasets`.
    """
    using = [f"USING <{iri}>" for iri in default] + [f"USING NAMED <{iri}>" for iri in named]
    if not using:
        return update
    tokens = [token for token in tokenize(update) if not token.is_gap]
    parts, done, depth, before = list[str](), 0, 0, ""
    for number, token in enumerate(tokens):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth:
            before = ""
            continue
        # `WITHe:g` is WITH and a name; after a word, such as PREFIX, it is a name.
        is_name = token.kind == "name" and before
        if token.keywords.startswith(("USING", "WITH")) and not is_name:
            raise TwoDatasets
        if token.word in ("WHERE", "DELETEWHERE"):
            begin = token.end - len("WHERE")
            parts.append(update[done:begin])
            if token.word != "WHERE" or before == "DELETE":
                # DELETE WHERE { p }, which takes no USING, is DELETE { p } WHERE { p }.
                parts.append(_group(update, tokens[number + 1 :]))
            parts.append(f" {' '.join(using)} ")
            done = begin
        before = token.word
    return "".join((*parts, update[done:]))


def _group(update: str, tokens: list[SparqlToken]) -> str:
    """Return the group that the tokens begin with, braces and all; empty where it has no end."""
    depth = 0
    for token in tokens:
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth == 0:
            return update[tokens[0].start : token.end]
    return ""
