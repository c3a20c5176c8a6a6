"""What a remedy has to name for the published values that officers copy into a workbook.

`published_values.csv` says by hand what the phrases of the sources mean, as names of concepts; the
labels of these are in `ontology/vocab`. Numbers, years and goals are read off the text.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from rdflib import Graph
from rdflib.namespace import SKOS

from benchmarks.remedies.planted_mistakes import EMPTY, is_bare_list
from urbansdg.errors import Problem

_SCHEMES = (
    *("theme", "status", "policy-type", "instrument", "funding-kind", "stakeholder-role"),
    "budget-stage",
)
_BETWEEN = re.compile(r"\s*(?:[,/\n]|&amp;|\band\b(?! green| planning| regional))\s*")


@cache
def _phrases() -> Mapping[str, Sequence[str]]:
    file = Path(__file__).with_name("published_values.csv")
    choices: dict[str, list[str]] = defaultdict(list)
    with file.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            choices[row["phrase"]] += row["choices"].split("|")
    return choices


@cache
def _labels(language: str) -> Mapping[str, Sequence[str]]:
    """Return the labels of the concepts in a language, by local name; schemes share names."""
    labels: dict[str, list[str]] = defaultdict(list)
    for scheme in _SCHEMES:
        file = Path(__file__).parents[2] / "ontology" / "vocab" / f"{scheme}.ttl"
        for subject, label in Graph().parse(file).subject_objects(SKOS.prefLabel):
            if getattr(label, "language", "") == language:
                labels[str(subject).rpartition("#")[2]].append(str(label))
    return labels


def names_the_answer(problem: Problem, language: str) -> bool:
    """Return whether the remedy of a problem of a published value names what is meant."""
    value, remedy = (problem.value or "").strip(), problem.remedy
    if problem.code == "unknown-choice":
        return _names_the_choices(value, remedy, language)
    if problem.code == "unknown-target":
        return all(re.search(rf"\b{goal}\b", remedy) for goal in re.findall(r"(\d+)\. ", value))
    if problem.code == "bad-number":
        return value.split()[0].strip("()") in remedy
    if problem.code in {"bad-year", "bad-date"}:
        years = re.findall(r"\b(?:19|20)\d\d\b", value)
        return all(year in remedy for year in years) if years else EMPTY[language] in remedy
    if problem.code == "bad-link":
        address = re.search(r"https?://\S+|www\.\S+", value)
        return (address[0].rstrip(",") if address else "https://") in remedy
    return _says_what_to_do(problem, language)


def _names_the_choices(value: str, remedy: str, language: str) -> bool:
    """Return whether a remedy names a choice for each part of a text that has a meaning.

    A text without one has to be left out: the remedy says to leave the cell empty.
    """
    parts = [value.lower(), *(part.lower() for part in _BETWEEN.split(value))]
    whole = _phrases().get(parts[0])
    meant = [whole] if whole else [_phrases()[part] for part in parts if part in _phrases()]
    labels = _labels(language)
    expected = [[label for name in names for label in labels.get(name, ())] for names in meant]
    expected = [of_part for of_part in expected if of_part]
    if not expected:
        return EMPTY[language] in remedy
    hits = [any(label in remedy for label in of_part) for of_part in expected]
    unknown = remedy.partition("(")[0]
    return all(hits) and not is_bare_list(unknown)


def _says_what_to_do(problem: Problem, language: str) -> bool:
    """Return whether the remedy of another problem names its value or its action."""
    actions = {
        "no-value": (EMPTY[language],),
        "no-currency": (problem.value or "",),
        "rule.deprecated-term": ("list", "목록", "liste", "lista"),
        "rule.text-in-another-script": ("Language of the texts", "본문 언어"),
    }
    return any(text and text in problem.remedy for text in actions.get(problem.code, ()))
