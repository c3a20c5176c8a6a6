"""The number of a site's indicator, and the measure of the UN that it refines.

A site names its indicators by their numbers with hyphens. Beside those of the UN (`8-5-2`) it has
local ones: below an indicator (`11-1-1-a`, `5-5-2a`), below a target (`12-1`, `1-2-9`) or below a
goal (`12-12`, `10-x-1`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from urbansdg.loaders.tables.csv_table import bundled_records
from urbansdg.loaders.tables.data_cube_series import un_codes
from urbansdg.loaders.tables.sdg_framework_tables import INDICATORS, TARGETS

_GOALS: Final = range(1, 18)
_NUMBER: Final = re.compile(r"(\d{1,2})-([0-9a-z]+)((?:-[0-9a-z]+)*)")
_WRITTEN: Final = re.compile(r"(\d{1,2})[.-]([0-9a-z]{1,2})(?:[.-]([0-9]{1,2}))?(?![0-9])")
_FIELDS: Final = ("indicator_number", "indicator", "target_id", "target", "sdg_goal", "goal")


@dataclass(frozen=True, slots=True)
class Framework:
    """The UN's indicators by number, with their names by code, and the numbers of targets."""

    codes: Mapping[str, str]
    names: Mapping[str, str]
    targets: frozenset[str]


@cache
def framework() -> Framework:
    """Return the UN's framework from the bundled tables."""
    indicators = bundled_records("sdg_indicators.csv", INDICATORS)
    targets = bundled_records("sdg_targets.csv", TARGETS)
    return Framework(
        un_codes(),
        {row.text("code"): row.text("en") for row in indicators},
        frozenset(row.text("code") for row in targets),
    )


def refined_measure(indicator: str, fields: Mapping[str, object]) -> str | None:
    """Return the UN's code of the indicator, target or goal that a site's indicator refines.

    `fields` is its metadata, which counts where the identifier is not a number. Returns None for an
    indicator of no goal.
    """
    match = _NUMBER.fullmatch(indicator.lower())
    if match:
        third = match[3].strip("-").partition("-")[0]
        return _measure(match[1], match[2], re.sub(r"(?<=\d)[a-z]+$", "", third))
    for name in _FIELDS:
        text = str(fields.get(name) or "").strip().lower()
        if written := _WRITTEN.match(text):
            return _measure(written[1], written[2], written[3] or "")
        if text.isdecimal() and int(text) in _GOALS:
            return str(int(text))
    return None


def _measure(goal: str, target: str, number: str) -> str | None:
    """Return the measure with a number, or else the target or the goal that it is below."""
    if int(goal) not in _GOALS:
        return None
    below = f"{int(goal)}.{_bare(target)}"
    code = framework().codes.get(f"{below}.{_bare(number)}") if number else None
    return code or (below if below in framework().targets else str(int(goal)))


def _bare(number: str) -> str:
    return str(int(number)) if number.isdecimal() else number


def official_name(code: str) -> str:
    """Return the name of an indicator of the UN, or "" if the code is that of a target or goal."""
    return framework().names.get(code, "")
