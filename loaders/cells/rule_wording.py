"""Words the problems of shapes and rules for officers: in the language of their workbook.

A shape speaks of properties, a workbook of columns. The texts of shapes are those of
`urbansdg.shapes.model.shape_texts`, the texts of rules are in `rule_texts.csv`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.cells.problem_texts import alternatives, problem_text, rule_text
from urbansdg.loaders.parse.raw_sheet import split_heading
from urbansdg.ontology.namespaces import USDGSH
from urbansdg.shapes.model.shape_texts import shape_texts
from urbansdg.shapes.rules import rules

_SHAPE, _RULE = "shape.", "rule."
_PARTS = ("message", "remedy")
_UNKNOWN_THING: Final = "chose inconnue"
_KINDS: Final = (
    ("deux valeurs", "shape.twice"),
    ("plus d’une valeur", "shape.twice"),  # noqa: RUF001
    ("liste de choix", "shape.choice"),
    (_UNKNOWN_THING, "shape.reference"),
    ("indication de langue", "shape.text"),
    ("est vide", "shape.empty"),
)
"""What is wrong, by words of the French texts of shapes; each text says one of these."""

_HINTS: Final = {
    " Similar: ": {"ko": " 비슷한 도시: ", "fr": " Semblables : ", "es": " Parecidas: "},
    " GeoNames has ": {"ko": " GeoNames: ", "fr": " GeoNames a ", "es": " GeoNames tiene "},
}
_ENUMERATED: Final = {
    "Rows ": {"ko": "행 ", "fr": "Les lignes ", "es": "Las filas "},
    "Row ": {"ko": "행 ", "fr": "La ligne ", "es": "La fila "},
    "row ": {"ko": "행 ", "fr": "la ligne ", "es": "la fila "},
    "sheet ": {"ko": "시트 ", "fr": "la feuille ", "es": "la hoja "},
    " of ": {"ko": " / ", "fr": " de ", "es": " de "},
    " and ": {"ko": ", ", "fr": " et ", "es": " y "},
}
"""The words of an enumeration of rows (`urbansdg.loaders.drafts.duplicate_things`)."""

_PEOPLE: Final = re.compile(r"([\d,]+) people(?=\))")
_INHABITANTS: Final = {"ko": r"\1명", "fr": r"\1 habitants", "es": r"\1 habitantes"}
"""The number of people of a city that a problem names, in other languages."""

_RAW_TERM: Final = re.compile(r"\b(?:usdg|dcterms|skos|schema|geo|dcat|oa|vcard|org|sdmx\S*):\w+")


def worded(problem: Problem, locale: str) -> Problem:
    """Return a problem of a shape or a rule as the officer of a workbook reads it.

    The path of the property leaves its place, which has a cell. Other problems stay as they are.
    """
    message, remedy = _texts(problem, locale)
    if message is None or remedy is None:
        return problem
    place = replace(problem.place, path=None)
    return replace(problem, message=message, remedy=remedy, place=place, language=locale)


def in_language(problem: Problem, locale: str) -> Problem:
    """Return a problem of another part of a load in a language, if its text is a known one.

    The English text in `rule_texts.csv` is the pattern of its message, in the form `{name}`.
    """
    if problem.language == locale or rule_text(f"{problem.code}.message", locale) is None:
        return problem
    texts = [
        _translated(text, f"{problem.code}.{part}", locale)
        for part, text in zip(_PARTS, (problem.message, problem.remedy), strict=True)
    ]
    message, remedy = texts
    if message is None or remedy is None:
        return problem
    return replace(problem, message=message, remedy=remedy, language=locale)


def _translated(text: str, key: str, locale: str) -> str | None:
    english, translation = rule_text(key, "en"), rule_text(key, locale)
    match = _braced(english or "").fullmatch(text)
    if match is None or translation is None:
        return None
    values = match.groupdict()
    for words, by_locale in _ENUMERATED.items() if "rows" in values else ():
        values["rows"] = values["rows"].replace(words, by_locale.get(locale, words))
    if "name" in values:
        values["name"] = values["name"].replace(
            "' or '", f"' {alternatives(('', ''), locale).strip()} '"
        )
    translated = translation.format_map(values)
    for words, by_locale in _HINTS.items():
        translated = translated.replace(words, by_locale.get(locale, words))
    return _PEOPLE.sub(_INHABITANTS.get(locale, r"\g<0>"), translated)


@cache
def _braced(text: str) -> re.Pattern[str]:
    """Return a text with `{fields}` as a pattern with a group for each."""
    return _template(re.sub(r"{(\w+)}", r"?\1", text))


def is_about_missing(problem: Problem) -> bool:
    """Return whether a problem is that a shape lacks the thing that a property names."""
    kind, _, name = problem.code.partition(".")
    texts = shape_texts("fr").get(str(USDGSH[name])) if f"{kind}." == _SHAPE else None
    return texts is not None and (name == "OutcomeIndicator" or _UNKNOWN_THING in texts.message)


def _texts(problem: Problem, locale: str) -> tuple[str | None, str | None]:
    kind, _, name = problem.code.partition(".")
    if f"{kind}." == _SHAPE:
        return _shape_texts(problem, name, locale)
    values = _values(name, problem.message)
    texts = (rule_text(f"{problem.code.removeprefix(_RULE)}.{part}", locale) for part in _PARTS)
    message, remedy = (_filled(text, values) for text in texts)
    return message, remedy


def _shape_texts(problem: Problem, name: str, locale: str) -> tuple[str | None, str | None]:
    """Return the texts of a shape with the title of the column in place of the property."""
    texts = shape_texts(locale).get(str(USDGSH[name]))
    if texts is None:
        return None, None
    heading = split_heading(problem.place.column)
    column = heading[1] if heading else texts.name
    message = rule_text(f"{_SHAPE}{name}.message", locale)
    remedy = rule_text(f"{_SHAPE}{name}.remedy", locale)
    if message is None:
        french = shape_texts("fr")[str(USDGSH[name])].message
        kind = next((key for words, key in _KINDS if words in french), "shape.invalid")
        message = problem_text(kind, locale, column=column)
    return message, remedy or texts.description or _RAW_TERM.sub("", texts.message)


def _filled(text: str | None, values: Mapping[str, str]) -> str | None:
    """Return a text with its fields, or None if the problem does not have them all."""
    if text is None:
        return None
    try:
        return text.format_map(values)
    except KeyError:
        return None


def _values(rule: str, message: str) -> dict[str, str]:
    """Return the values that a rule's message was written with, by variable of its query."""
    template = _templates().get(rule)
    match = template.fullmatch(message) if template else None
    return match.groupdict() if match else {}


@cache
def _templates() -> Mapping[str, re.Pattern[str]]:
    """Return the message of each rule as a pattern with a group for each variable."""
    return {rule.name: _template(rule.problem) for rule in rules()}


def _template(message: str) -> re.Pattern[str]:
    names = set[str]()
    pattern = ""
    for index, part in enumerate(re.split(r"\?(\w+)", message)):
        if index % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P={part})" if part in names else f"(?P<{part}>.*?)"
            names.add(part)
    return re.compile(pattern, re.DOTALL)
