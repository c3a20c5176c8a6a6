"""Scales of values: `UNIT_MULT`, `in thousands`, `million EUR`; and per cent in its spellings.

`UNIT_MULT` is a power of ten (SDMX cross-domain code list `CL_UNIT_MULT`). A rate (`per 1,000
inhabitants`) is a unit and not a scale.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from urbansdg.loaders.parse.quantities import ascii_digits
from urbansdg.loaders.parse.statistics.word_lists import squeezed_key, word_list

_POWERS: Final = re.compile(r"(?:x|\u00d7|\*)?\s*10\s*(?:\^|\*\*)\s*(-?\d{1,2})")
_NUMBER: Final = re.compile(r"(?:x|\u00d7|\*)?\s*['\u2019]?(1?(?:[ ,.'\u2019]?0{3})+)s?")
_IN: Final = re.compile(
    r"(?:in|en|em|nach|v|\u0432)\s+|\u5355\u4f4d[:\uff1a]\s*|\ub2e8\uc704[:\uff1a]?\s*",
    re.IGNORECASE,
)
_OF: Final = re.compile(r"(?:of|de|d['\u2019]|di|von|an)\s*", re.IGNORECASE)
_NO_SCALE: Final = {"_Z", "_N", "_X", "_T", ""}
_LARGEST: Final = 18
_AFTER: Final = re.compile(
    r"(?P<rest>[^()\[\],]*[^()\[\],\s])"
    r"(?:(?:\s*[(\[]|,\s)\s*(?:in\s+)?(?P<noted>[^()\[\]]+)[)\]]?"
    r"|(?<!\bper)(?<!\bpro)(?<!\bje)\s+(?P<word>[^\W\d]{2,}\.?))"
)
"""A scale after its unit: `people (thousands)`, `people, thousands`, `EUR million`."""

_CJK: Final = re.compile(
    r"(?P<scale>백만|십억|百万|十億|十亿|[천만억千万萬億亿兆조])\s*(?P<rest>[^\x00-\u2fff]+)"
)


@cache
def _scales() -> Mapping[str, int]:
    return {
        squeezed_key(word): int(power)
        for (power,), words in word_list("scales.csv")
        for word in words
        if power != "%"
    }


@cache
def _per_cent() -> frozenset[str]:
    return frozenset(
        squeezed_key(word)
        for (power,), words in word_list("scales.csv")
        for word in words
        if power == "%"
    )


@lru_cache(maxsize=1024)
def power_of_ten(text: str) -> int | None:
    """Return the power of a multiplier: `3`, `3: Thousands`, `Thousands`, `1,000`, or None.

    A single number is a power, as in `UNIT_MULT`; with three zeros or more it is the factor.
    """
    bare = ascii_digits(text)
    if bare in _NO_SCALE:
        return 0
    code = bare.partition(":")[0].strip()
    if re.fullmatch(r"[+-]?\d{1,2}(\.0)?", code):
        power = int(float(code))
        return power if abs(power) <= _LARGEST else None
    if re.fullmatch(r"10{1,18}", code):
        return len(code) - 1
    return _scale(_IN.sub("", bare, count=1) if _IN.match(bare) else bare)


@lru_cache(maxsize=1024)
def unit_scale(unit: str) -> tuple[int, str]:
    """Return the scale that a unit begins or ends with, and the unit without it.

    `million EUR` and `EUR million` give 6 and `EUR`; `in thousands` gives 3 and no unit;
    `per 1,000` gives 0.
    """
    text = _IN.sub("", unit.strip(), count=1) if _IN.match(unit.strip()) else unit.strip()
    power = _scale(text)
    if power is not None:
        return (power, "") if power else (0, unit.strip())
    words = text.split()
    for count in (2, 1):
        power = _scale(" ".join(words[:count])) if len(words) > count else None
        if power:
            rest = " ".join(words[count:])
            return power, _OF.sub("", rest, count=1) if _OF.match(rest) else rest
    if match := _CJK.fullmatch(text):
        return _scale(match["scale"]) or 0, match["rest"]
    if match := _AFTER.fullmatch(text):
        power = _scale(match["noted"] or match["word"])
        return (power, match["rest"]) if power else (0, unit.strip())
    return 0, unit.strip()


def is_per_cent(unit: str) -> bool:
    """Return whether a unit is per cent, in any of its spellings."""
    return unit.strip() in {"%", "\uff05"} or squeezed_key(unit) in _per_cent()


def same_unit(one: str, other: str) -> bool:
    """Return whether two texts name one unit, as far as their letters show."""
    if is_per_cent(one) or is_per_cent(other):
        both = is_per_cent(one) and is_per_cent(other)
        return both or ("%" in one + other and _begins(one, other))
    return squeezed_key(one) == squeezed_key(other) or _begins(one, other)


def _begins(one: str, other: str) -> bool:
    """Return whether the longer text begins with the shorter: `% of households` and `%`."""
    shorter, longer = sorted((one.strip().casefold(), other.strip().casefold()), key=len)
    return longer.startswith(shorter)


def _scale(text: str) -> int | None:
    bare = ascii_digits(text).strip().rstrip(".").lower()
    if match := _POWERS.fullmatch(bare):
        return int(match[1])
    if match := _NUMBER.fullmatch(bare):
        return match[1].count("0")
    return _scales().get(squeezed_key(bare)) if bare else None
