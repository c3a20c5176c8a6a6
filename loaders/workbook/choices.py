"""The choices for a cell: concepts of our schemes, words, languages, targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import pyoxigraph as ox
from babel import Locale

from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.tables.csv_table import read_table
from urbansdg.loaders.tables.sdg_framework_tables import TARGETS
from urbansdg.loaders.workbook.workbook_layout import Titles, WorkbookLayout
from urbansdg.ontology.namespaces import PREFIXES

NamesByKey = Mapping[str, str]
"""The value of a text, by its comparison key."""

_DEPRECATED = ox.NamedNode(f"{PREFIXES['owl']}deprecated")
_LABEL = ox.NamedNode(f"{PREFIXES['skos']}prefLabel")


@dataclass(frozen=True)
class Choices:
    """The values of texts: concepts and words by name and label, and languages.

    `labels` has the labels of each concept by scheme and name. A deprecated concept is read, and
    not offered.
    """

    labels: Mapping[str, Mapping[str, Titles]]
    words: Mapping[str, Titles]
    languages: NamesByKey
    targets: frozenset[str]
    deprecated: frozenset[tuple[str, str]] = frozenset()

    def offered(self, scheme: str) -> Mapping[str, Titles]:
        """Return the labels of the concepts to choose from, by name."""
        return {
            name: titles
            for name, titles in self.labels[scheme].items()
            if (scheme, name) not in self.deprecated
        }

    def concept(self, scheme: str, text: str) -> str | None:
        """Return the name of the concept with a label, in any language."""
        return self.concepts[scheme].get(comparison_key(text))

    def word(self, option: str, text: str) -> str | None:
        """Return the word that a text stands for, among those of `option`, separated by bars."""
        named = _names({word: self.words[word] for word in option.split("|")})
        return named.get(comparison_key(text))

    @cached_property
    def concepts(self) -> Mapping[str, NamesByKey]:
        """The names of the concepts by label, for each scheme."""
        return {scheme: _names(labels) for scheme, labels in self.labels.items()}


def read_choices(layout: WorkbookLayout) -> Choices:
    """Read the concept schemes and the tables of the bundled data."""
    schemes = {scheme: _scheme(scheme) for scheme in _schemes(layout)}
    return Choices(
        {scheme: labels for scheme, (labels, _) in schemes.items()},
        layout.words,
        _languages(),
        frozenset([record.cells["code"] for record in _targets()]),
        frozenset((scheme, name) for scheme, (_, names) in schemes.items() for name in names),
    )


def _names(choices: Mapping[str, Titles]) -> NamesByKey:
    return {
        comparison_key(text): name
        for name, labels in choices.items()
        for text in (name, *labels.values())
    }


def _schemes(layout: WorkbookLayout) -> set[str]:
    columns = (column for form in layout.forms for column in form.columns)
    return {column.option for column in columns if column.kind in {"concept", "concepts"}}


def _scheme(scheme: str) -> tuple[dict[str, Titles], set[str]]:
    """Return the labels of the concepts of a scheme by name, and the names that are deprecated."""
    labels: dict[str, dict[str, str]] = {}
    deprecated = set[str]()
    file = files("urbansdg.ontology").joinpath("vocab").joinpath(f"{scheme}.ttl")
    for quad in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE):
        subject, label = quad.subject, quad.object
        if not isinstance(subject, ox.NamedNode):
            continue
        name = subject.value.partition("#")[2]
        if quad.predicate == _DEPRECATED:
            deprecated.add(name)
        elif quad.predicate == _LABEL and name and isinstance(label, ox.Literal):
            labels.setdefault(name, {})[label.language or ""] = label.value
    return dict(labels), deprecated


def _languages() -> dict[str, str]:
    """Return the codes of languages by code and by name."""
    tags: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).languages.items():
            tag = code.replace("_", "-").lower()
            tags |= {comparison_key(name): tag, comparison_key(tag): tag}
    return tags


def _targets() -> list[Record]:
    rows = read_table(files("urbansdg.data").joinpath("sdg_targets.csv"), TARGETS)
    return [row for row in rows if isinstance(row, Record)]
