"""Whether a query has the same answer each time that it is asked of one version.

Queries are not parsed here (a parser can be brought down), so the text is looked at, and in doubt
the answer is no: that costs an evaluation, where a wrong yes would give a stale answer.
"""

import re
from typing import Final

from urbansdg.sparql.clauses import GAP, has_service

# Keywords may touch what stands before them: `1RAND()` is read as two tokens by the engine.
_NAMES: Final = ("rand", "uuid", "now", "bnode")
_FUNCTION: Final = re.compile(rf"(?:{'|'.join(_NAMES)}){GAP}\(", re.IGNORECASE)
_IRI: Final = re.compile(r'<[^<>{}"\s]*+>')
_TEMPLATE: Final = re.compile(r"construct([^}]*+)\}", re.IGNORECASE)
_BLANK: Final = re.compile(r"_:|[\[(]")
_HIDING: Final = re.compile(r"[\"'#]")


def is_volatile(query: str) -> bool:
    """Tell whether the answer may differ from one time to the next.

    It does with RAND, UUID, STRUUID, NOW and BNODE, with SERVICE, and where a CONSTRUCT template
    makes blank nodes: these are others each time.
    """
    return _calls(query) or has_service(query) or _makes_nodes(query)


def _calls(query: str) -> bool:
    text = query.casefold()  # to find a text in it takes a twentieth of the time
    return any(name in text for name in _NAMES) and _FUNCTION.search(query) is not None


def _makes_nodes(query: str) -> bool:
    if "construct" not in query.casefold():
        return False
    bare = _IRI.sub(" ", query)
    for found in _TEMPLATE.finditer(bare):
        # A brace in a string or comment of the template would end it too early.
        hides = _HIDING.search(found[1]) is not None
        if _BLANK.search(bare if hides else found[1]):
            return True
    return False
