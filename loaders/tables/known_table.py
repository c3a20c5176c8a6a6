"""The tables that readers know, by their columns: for a message about one that no reader takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from urbansdg.loaders.parse.name_keys import comparison_key

CSV_ONLY: Final = (".csv",)


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table of a reader: the titles of its required columns, and of the others.

    `required` has the spellings that are understood by the title to show. `endings` are those of
    its files; none means any. `is_named` says that its file or sheet has to have its name.
    """

    name: str
    required: Mapping[str, Collection[str]]
    others: Collection[str] = ()
    endings: Collection[str] = ()
    is_named: bool = False

    def missing(self, titles: Collection[str]) -> list[str]:
        """Return the required columns that are not among the titles."""
        keys = set(map(comparison_key, titles))
        return [
            title
            for title, spellings in self.required.items()
            if keys.isdisjoint(map(comparison_key, (title, *spellings)))
        ]

    def closeness(self, titles: Collection[str]) -> float:
        """Return how close the table is: the share of its required columns, and of known titles."""
        keys = set(map(comparison_key, titles))
        others = set(map(comparison_key, self.others))
        required = ((title, *texts) for title, texts in self.required.items())
        spellings = {comparison_key(text) for texts in required for text in texts}
        present = len(self.required) - len(self.missing(titles))
        known = len(keys & (others | spellings))
        return present / max(1, len(self.required)) + known / max(1, len(keys))


def columns(*names: str) -> dict[str, tuple[str, ...]]:
    """Return required columns that have one title only."""
    return dict.fromkeys(names, ())
