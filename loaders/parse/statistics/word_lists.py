"""Lists of words in CSV files beside the modules that use them."""

import csv
from collections.abc import Iterator
from importlib.resources import files

from urbansdg.loaders.parse.name_keys import comparison_key


def squeezed_key(text: str) -> str:
    """Return the comparison key of a text without blanks: `TIME_PERIOD` -> `timeperiod`."""
    return comparison_key(text).replace(" ", "")


def word_list(name: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the cells of each row before the last one, and the words in the last one."""
    with files("urbansdg.loaders.parse.statistics").joinpath(name).open(encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            yield row[:-1], [word.strip() for word in row[-1].split("|")]
