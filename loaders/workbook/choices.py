"""The choices for a cell: concepts of our schemes, words, languages, targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files

import pyoxigraph as ox
from babel import Locale

from urbansdg.loaders.cells.choice_lists import ChoiceList
from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.tables.csv_table import bundled_records
from urbansdg.loaders.tables.sdg_framework_tables import TARGETS
from urbansdg.loaders.workbook.workbook_layout import Titles, WorkbookLayout
from urbansdg.ontology.namespaces import PREFIXES

NamesByKey = Mapping[str, str]
"""The value of a text, by its comparison key."""

_DEPRECATED = ox.NamedNode(f"{PREFIXES['owl']}deprecated")
_HIDDEN = ox.NamedNode(f"{PREFIXES['skos']}hiddenLabel")
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
    lists: dict[str, ChoiceList] = field(default_factory=dict, repr=False, compare=False)

    def list_of(self, option: str) -> ChoiceList:
        """Return the choices of a scheme, or of words separated by bars; see `Column.option`."""
        if option not in self.lists:
            labels = self.labels.get(option)
            words = labels or {word: self.words[word] for word in option.split("|")}
            scheme = option if labels else ""
            hidden = partial(_hidden_labels, option) if labels else dict
            self.lists[option] = ChoiceList(scheme, words, hidden)
        return self.lists[option]

    def current(self, choices: ChoiceList, names: Sequence[str]) -> list[str]:
        """Return those of the names that are not deprecated."""
        return [name for name in names if (choices.scheme, name) not in self.deprecated]

    def offered(self, scheme: str) -> Mapping[str, Titles]:
        """Return the labels of the concepts to choose from, by name."""
        return {
            name: titles
            for name, titles in self.labels[scheme].items()
            if (scheme, name) not in self.deprecated
        }

    def concept(self, scheme: str, text: str) -> str | None:
        """Return the name of the concept with a label, in any language."""
        return self.list_of(scheme).names_by_label.get(comparison_key(text))


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


def _schemes(layout: WorkbookLayout) -> set[str]:
    columns = (column for form in layout.forms for column in form.columns)
    return {column.option for column in columns if column.kind in {"concept", "concepts"}}


def _hidden_labels(scheme: str) -> Mapping[str, Sequence[str]]:
    """Return the words for search of each concept; they are read for remedies only."""
    labels: dict[str, list[str]] = {}
    for quad in _statements(scheme):
        subject, label = quad.subject, quad.object
        if (
            quad.predicate == _HIDDEN
            and isinstance(subject, ox.NamedNode)
            and isinstance(label, ox.Literal)
        ):
            labels.setdefault(subject.value.partition("#")[2], []).append(label.value)
    return labels


def _statements(scheme: str) -> Iterator[ox.Quad]:
    file = files("urbansdg.ontology").joinpath("vocab").joinpath(f"{scheme}.ttl")
    return iter(ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE))


def _scheme(scheme: str) -> tuple[dict[str, Titles], set[str]]:
    """Return the labels of the concepts of a scheme by name, and the names that are deprecated."""
    labels: dict[str, dict[str, str]] = {}
    deprecated = set[str]()
    for quad in _statements(scheme):
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
    return list(bundled_records("sdg_targets.csv", TARGETS))
