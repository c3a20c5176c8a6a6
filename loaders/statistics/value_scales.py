"""The unit and the power of ten of a value, from all the places where a table states them.

`UNIT_MULT`, the title of the value column and the unit can each state a scale. A scale that is
stated twice is applied once; two different scales contradict each other, and the row is refused.
"""

import re
from dataclasses import dataclass
from typing import Final

from urbansdg.loaders.parse.statistics.unit_scales import (
    is_per_cent,
    power_of_ten,
    same_unit,
    unit_scale,
)

_SCALED_CODE: Final = re.compile(r"(?P<unit>NUM|[A-Z_]*(?:USD|LCU|EUR)|TONNES)_(?P<scale>TH|M|B)")
_CODE_POWERS: Final = {"TH": 3, "M": 6, "B": 9}
_SHARES: Final = re.compile(r"share|proportion|ratio|fraction|anteil|proporci[oó]n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScaledUnit:
    """A unit, and the power of ten that its values are multiplied by."""

    unit: str
    power: int


def scaled_unit(
    unit: str, multiplier: str, note: str, base: str, unit_note: str = ""
) -> ScaledUnit | str:
    """Return the unit and scale of a row, or why its attributes contradict each other.

    `multiplier` is the cell of `UNIT_MULT`, `note` what the title of the value column says in
    brackets, `base` the base period of an index (`BASE_PER`), `unit_note` what the title of the
    unit's column says: `Unit (thousands)`.
    """
    stated = power_of_ten(multiplier)
    if stated is None:
        return f"the multiplier {multiplier!r} is not a power of ten"
    note_power, note = _scaled_note(note, unit)
    powers = {stated, note_power, power_of_ten(unit_note) or 0} - {0}
    if match := _SCALED_CODE.fullmatch(unit):
        unit = match["unit"]
        powers.add(_CODE_POWERS[match["scale"]])
    scale, rest = unit_scale(unit)
    if scale and (powers or not rest):
        powers.add(scale)
        unit = rest
    if len(powers) > 1:
        listed = " and ".join(f"10^{power}" for power in sorted(powers))
        return f"the multiplier, the title and the unit state different scales, {listed}"
    whole = _with_note(unit, note)
    if whole is None:
        return f"the title says {note!r} and the unit is {unit!r}"
    if base and base not in whole:
        whole = f"{whole} (base period {base})".strip()
    return ScaledUnit(whole, powers.pop() if powers else 0)


def _scaled_note(note: str, unit: str) -> tuple[int, str]:
    """Return the scale that a note states, and what else it says beside the unit."""
    power = power_of_ten(note) if note and not note.isdigit() else None
    if power:
        return power, ""
    scale, rest = unit_scale(note)
    return (scale, "") if scale and rest and unit and same_unit(rest, unit) else (0, note)


def contradicts_per_cent(unit: str) -> bool:
    """Return whether a unit cannot be that of a value with a sign of per cent."""
    return bool(unit) and not is_per_cent(unit) and "%" not in unit and not _per(unit)


def _with_note(unit: str, note: str) -> str | None:
    """Return the unit with the note of the value's title; None if the two contradict each other."""
    if not note or not unit:
        return unit or note
    if same_unit(unit, note):
        return unit
    if is_per_cent(note) and (_SHARES.search(unit) or contradicts_per_cent(unit)):
        return None
    if is_per_cent(note):
        return unit
    if is_per_cent(unit):
        return f"{unit} ({note})"
    return f"{unit} {note}" if note.casefold().startswith("per ") else f"{unit} ({note})"


def _per(unit: str) -> bool:
    return any(is_per_cent(word) for word in re.split(r"\s+", unit)) or "per cent" in unit.lower()
