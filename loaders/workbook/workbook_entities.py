"""Resolves the names in a workbook: its city, policies, contacts and organisations."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from importlib.resources import files

from urbansdg.errors import Problem
from urbansdg.loaders.cells.problem_texts import alternatives, describe
from urbansdg.loaders.gazetteer.city_gazetteer import Gazetteer
from urbansdg.loaders.parse.facts import Cell, Record
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.tables.country_names import alpha2_of
from urbansdg.loaders.tables.csv_table import read_table
from urbansdg.loaders.tables.policies import ORGANISATIONS
from urbansdg.loaders.workbook.sheet_rows import SheetRow
from urbansdg.ontology.iris import slug

_DIGEST = 8


@dataclass(frozen=True, slots=True)
class WorkbookNames:
    """The names in a workbook, by comparison key, and the keys that they stand for.

    `language` is the language of its prose; `city` the key of its city, or None if unknown; `known`
    the policies in the graph; `used` counts the keys given so far.
    """

    language: str
    city: str | None
    cities: Gazetteer
    policies: Mapping[str, str]
    contacts: Mapping[str, str]
    organisations: Mapping[str, str]
    known: Mapping[str, str] = field(default_factory=dict)
    used: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def country(self) -> str:
        """The alpha-2 code of the city's country, or "" if it is not known."""
        city = self.cities.by_key.get(self.city or "")
        return alpha2_of(city.country) if city else ""

    def policy(self, cell: Cell) -> str | Problem:
        """Return the key of the policy that a cell names.

        A workbook without a policies sheet (for example, a single sheet) refers to policies in the
        graph.
        """
        if not self.policies:
            short = comparison_key(self.own(slug(cell.text)))
            known = self.known.get(comparison_key(cell.text)) or self.known.get(short)
            return known or _unknown(cell, "policy", self.known)
        return self.policies.get(comparison_key(cell.text)) or _unknown(
            cell, "policy", self.policies
        )

    def contact(self, cell: Cell) -> str | Problem:
        """Return the key of the contact that a cell names."""
        return self.contacts.get(comparison_key(cell.text)) or _unknown(
            cell, "contact", self.contacts
        )

    def organisation(self, cell: Cell) -> str:
        """Return the key of an organisation: that of a known one, or one made from its name."""
        known = self.organisations.get(comparison_key(cell.text))
        return known or self.own(slug(cell.text))

    def is_new(self, cell: Cell) -> bool:
        """Return whether an organisation is not a bundled one."""
        return comparison_key(cell.text) not in self.organisations

    def own(self, key: str) -> str:
        """Return a key prefixed with that of the city."""
        return f"{self.city}-{key}"

    def key(self, table: str, stated: str | None, default: str) -> str:
        """Return the key that a row states, or else a unique one made from its content.

        Two rows that state one key would become one thing, which the draft writer reports.
        """
        if not stated:
            return self.unique(table, default)
        self.used[table, stated] += 1
        return stated

    def unique(self, table: str, key: str) -> str:
        """Return a key that is unique in the table: `total`, then `total-2`."""
        self.used[table, key] += 1
        count = self.used[table, key]
        return key if count == 1 else f"{key}-{count}"


def policy_key(row: SheetRow, city: str | None) -> str:
    """Return the key of the policy in a row, made from its short name or its title."""
    named = row.cells.get("slug") or row.cells["title"]
    key = slug(named.text)
    return key if city and key.startswith(f"{city}-") else f"{city}-{key}"


def policies_by_name(rows: list[SheetRow], city: str | None) -> dict[str, str]:
    """Return the keys of a workbook's policies by title, short name and key.

    The key of a name that several policies have is empty.
    """
    keys = _Keys()
    for row in rows:
        if row.form.name == "policies" and "title" in row.cells:
            key = policy_key(row, city)
            names = [raw.text for name, raw in row.cells.items() if name in {"title", "slug"}]
            for name in (*names, key):
                keys.add(name, key)
    return keys


def contacts_by_name(rows: list[SheetRow], city: str | None) -> dict[str, str]:
    """Return the keys of a workbook's contacts by name.

    The key of a name that several contacts have is empty.
    """
    keys = _Keys()
    for row in rows:
        if row.form.name == "contacts" and "name" in row.cells:
            name = row.cells["name"].text
            key = row.cells.get("key")
            keys.add(name, key.text if key else f"{city}-{slug(name)}")
    return keys


class _Keys(dict[str, str]):
    """Keys by comparison key of a name; empty if a name stands for several.

    `written` has the name as the workbook has it, the first one of each key.
    """

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[str, str] = {}

    def add(self, name: str, key: str) -> None:
        bare = comparison_key(name)
        self[bare] = key if self.get(bare, key) == key else ""
        self.written.setdefault(key, name)


def bundled_organisations() -> dict[str, str]:
    """Return the keys of the bundled organisations by name."""
    return {comparison_key(record.text("name")): record.text("key") for record in _organisations()}


def digest(*texts: str) -> str:
    """Return a short key of texts that have no name."""
    return sha256("\x1f".join(texts).encode()).hexdigest()[:_DIGEST]


def _organisations() -> Iterator[Record]:
    data = files("urbansdg.data")
    for folder in (data, data.joinpath("example")):
        for row in read_table(folder.joinpath("organisations.csv"), ORGANISATIONS):
            if isinstance(row, Record):
                yield row


def _unknown(cell: Cell, what: str, names: Mapping[str, str]) -> Problem:
    """Return the problem of an unknown name; the remedy names similar ones."""
    if names.get(comparison_key(cell.text)) == "":
        return describe(cell, f"ambiguous-{what}", "name.shared", "name.own")
    near = get_close_matches(comparison_key(cell.text), names, n=3)
    keys = dict.fromkeys(filter(None, (names[name] for name in near)))
    written = names.written if isinstance(names, _Keys) else {}
    similar = [written.get(key, key) for key in keys]
    options = alternatives(similar, cell.locale)
    remedy = "name.similar" if similar else "name.add"
    return describe(cell, f"unknown-{what}", f"name.{what}", remedy, options=options)
