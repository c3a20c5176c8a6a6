"""The header fields Accept, Accept-Encoding and Accept-Language (RFC 9110, section 12.5).

Werkzeug parses them. It skips an element that it cannot read and keeps the rest, which turns the
default of Java's HttpURLConnection (`text/html, *; q=.2, */*; q=.2`) into a request for HTML alone.
So a malformed field is ignored as a whole here: RFC 9110 leaves that to the server. `negotiation`
chooses formats by this module, `compression` codings, `labels` languages.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Final

from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # a token (RFC 9110, 5.6.2)
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_WEIGHT: Final = r"[ \t]*;[ \t]*[qQ]=(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)"
_PARAMETER: Final = rf"[ \t]*;[ \t]*(?![qQ]=){_NAME}=(?:{_NAME}|{_QUOTED})"


def _list_of(element: str) -> re.Pattern[str]:
    """Return the grammar of a list (RFC 9110, 5.6.1), in which elements may be empty."""
    # Blanks between elements match in one place only, so that a long run of them takes linear time.
    some = rf"[ \t]*(?:{element}[ \t]*)?"
    return re.compile(rf"{some}(?:,{some})*")


_MEDIA_RANGES: Final = _list_of(rf"{_NAME}/{_NAME}(?:{_WEIGHT}|{_PARAMETER})*")
_CODINGS: Final = _list_of(rf"{_NAME}(?:{_WEIGHT})?")
_LANGUAGES: Final = _list_of(rf"(?:\*|[A-Za-z]{{1,8}}(?:-[0-9A-Za-z]{{1,8}})*)(?:{_WEIGHT})?")


def is_well_formed(accept: str) -> bool:
    """Return whether the value of Accept follows the grammar of RFC 9110, section 12.5.1."""
    return _MEDIA_RANGES.fullmatch(accept) is not None


@lru_cache(maxsize=512)
def acceptable(accept: str | None, offers: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Return the media types that Accept takes with their weights, the highest first.

    Those of one weight keep their order. The most specific range that matches gives the weight; of
    equal ranges the highest counts. No field and a malformed one take everything.
    """
    if accept is None or not is_well_formed(accept):
        return tuple((offer, 1.0) for offer in offers)
    ranges = parse_accept_header(accept, MIMEAccept)
    return _ranked((offer, ranges.quality(offer)) for offer in offers)


def codings(accept_encoding: str, offers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the content codings that Accept-Encoding takes, the one of the highest weight first.

    `identity` is taken unless it is excluded (RFC 9110, 12.5.3). A malformed field takes nothing.
    """
    if _CODINGS.fullmatch(accept_encoding) is None:
        return ()
    taken = parse_accept_header(accept_encoding, Accept)
    weights = {offer: taken.quality(offer) for offer in offers}
    if "identity" in weights and taken.find("identity") < 0:
        weights["identity"] = 1.0
    return tuple(offer for offer, _ in _ranked(weights.items()))


def lookup(accept_language: str | None, tags: tuple[str, ...]) -> str | None:
    """Return the language tag that Accept-Language prefers, None where it names none of them.

    The scheme is lookup (RFC 4647, section 3.4): a range loses its last subtags until a tag is
    equal to it. A tag of weight 0 is never chosen; a malformed field names nothing.
    """
    if not accept_language or _LANGUAGES.fullmatch(accept_language) is None:
        return None
    ranges = [(text.lower(), q) for text, q in parse_accept_header(accept_language)]
    excluded = {text for text, q in ranges if not q}
    known = {tag.lower(): tag for tag in reversed(tags) if tag.lower() not in excluded}
    for text, q in sorted(ranges, key=itemgetter(1), reverse=True):
        tag = text if q else ""
        while tag and tag not in known:
            tag = tag.rpartition("-")[0]
            if len(tag.rpartition("-")[2]) == 1:  # a singleton goes with what it introduces
                tag = tag.rpartition("-")[0]
        if tag:
            return known[tag]
    return None


def _ranked(weights: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    taken = [(offer, weight) for offer, weight in weights if weight > 0]
    return tuple(sorted(taken, key=itemgetter(1), reverse=True))
