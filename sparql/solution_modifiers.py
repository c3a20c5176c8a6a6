"""The modifiers of a query's solutions: ORDER BY, LIMIT and OFFSET (SPARQL 1.1, section 15)."""

from urbansdg.sparql.tokenizer import tokenize


def is_ordered(query: str) -> bool:
    """Tell whether the query, not only a part of it, has ORDER BY."""
    return "ORDERBY" in _words(query)


def is_sliced(query: str) -> bool:
    """Tell whether the query, not only a part of it, has LIMIT or OFFSET."""
    words = _words(query)
    return "LIMIT" in words or "OFFSET" in words


def _words(query: str) -> str:
    """Return the keywords outside of all braces, joined as the engine lets them touch."""
    words, depth = "", 0
    for token in tokenize(query):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if not depth and not token.is_gap:
            words += token.word or " "
    return words
