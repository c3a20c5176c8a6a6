"""What can be chosen in a cell: concepts of our schemes, words, countries, languages, targets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import pyoxigraph as ox
from babel import Locale

from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.parse.name_keys import LANGUAGES, folded
from urbansdg.loaders.tables.csv_table import Header, read_table
from urbansdg.loaders.tables.places import COUNTRIES
from urbansdg.loaders.tables.sdg_framework_tables import TARGETS
from urbansdg.loaders.workbook.workbook_layout import Titles, WorkbookLayout
from urbansdg.ontology.namespaces import PREFIXES

NamesByKey = Mapping[str, str]
"""What a text, folded, stands for."""

_LABEL = ox.NamedNode(f"{PREFIXES['skos']}prefLabel")


@dataclass(frozen=True)
class Choices:
    """What texts stand for: concepts and words by their names and labels, countries, languages.

    `labels` has the labels of each concept by scheme and name, for lists to choose from.
    """

    labels: Mapping[str, Mapping[str, Titles]]
    words: Mapping[str, Titles]
    countries: NamesByKey
    languages: NamesByKey
    targets: frozenset[str]

    def concept(self, scheme: str, text: str) -> str | None:
        """Return the name of the concept that a text is a label of, in whatever language."""
        return self.concepts[scheme].get(folded(text))

    def word(self, option: str, text: str) -> str | None:
        """Return the word, of several with bars between them, that a text stands for."""
        named = _names({word: self.words[word] for word in option.split("|")})
        return named.get(folded(text))

    @cached_property
    def concepts(self) -> Mapping[str, NamesByKey]:
        """The names of the concepts by their labels, by scheme."""
        return {scheme: _names(labels) for scheme, labels in self.labels.items()}


def read_choices(layout: WorkbookLayout) -> Choices:
    """Read the concept schemes and the tables of the bundled data."""
    return Choices(
        {scheme: dict(_concepts(scheme)) for scheme in _schemes(layout)},
        layout.words,
        named_countries(),
        _languages(),
        frozenset(record.text("code") for record in _bundled("sdg_targets.csv", TARGETS)),
    )


def _names(choices: Mapping[str, Titles]) -> NamesByKey:
    return {
        folded(text): name for name, labels in choices.items() for text in (name, *labels.values())
    }


def _schemes(layout: WorkbookLayout) -> set[str]:
    columns = (column for form in layout.forms for column in form.columns)
    return {column.option for column in columns if column.kind in {"concept", "concepts"}}


def _concepts(scheme: str) -> Iterator[tuple[str, Titles]]:
    file = files("urbansdg.ontology").joinpath("vocab").joinpath(f"{scheme}.ttl")
    labels: dict[str, dict[str, str]] = {}
    for quad in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE):
        subject, label = quad.subject, quad.object
        if quad.predicate == _LABEL and isinstance(subject, ox.NamedNode) and "#" in subject.value:
            name = subject.value.partition("#")[2]
            if isinstance(label, ox.Literal):
                labels.setdefault(name, {})[label.language or ""] = label.value
    yield from labels.items()


def named_countries() -> dict[str, str]:
    """Return the alpha-3 codes of the countries by their codes and by their names."""
    found: dict[str, str] = {}
    for record in _bundled("countries.csv", COUNTRIES):
        alpha2, alpha3 = record.text("alpha2"), record.text("alpha3")
        names = [record.text(language) for language in ("en", "fr", "es", "ru", "zh", "ar")]
        names += [Locale(language).territories.get(alpha2, "") for language in LANGUAGES]
        found |= {folded(name): alpha3 for name in (alpha2, alpha3, *names) if name}
    return found


def _languages() -> dict[str, str]:
    """Return the codes of the languages by themselves and by their names."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).languages.items():
            tag = code.replace("_", "-").lower()
            found |= {folded(name): tag, folded(tag): tag}
    return found


def _bundled(name: str, form: Header) -> Iterator[Record]:
    rows = read_table(files("urbansdg.data").joinpath(name), form)
    return (row for row in rows if isinstance(row, Record))
