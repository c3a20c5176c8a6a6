"""Texts of problems: four languages, the same fields, and a text for what an officer can break."""

import csv
import re
from importlib.resources import files

import pytest

from urbansdg.errors import Place, Problem, Severity
from urbansdg.loaders.cells.rule_wording import in_language, worded
from urbansdg.loaders.parse.name_keys import LANGUAGES
from urbansdg.loaders.workbook.workbook_layout import read_layout
from urbansdg.shapes.model.shape_texts import shape_texts
from urbansdg.shapes.rules import rules

_CELL = Place("paris.xlsx", "Politiques", 3, "S (Début prévu)", focus="x:1", path="dcat:startDate")
_RDF = re.compile(r"\b(usdg|dcterms|skos|dcat|geo|owl|vcard|oa|schema|xsd|sh|qb):|\bIRIs?\b")


@pytest.mark.parametrize("table", ["problem_texts.csv", "rule_texts.csv"])
def test_a_text_has_every_language_and_no_field_of_its_own(table: str) -> None:
    """Every text is there in four languages; a translation has only fields of the English one."""
    file = files("urbansdg.loaders.cells").joinpath(table)
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        fields = set(re.findall(r"{(\w+)}", row["en"]))
        for language in LANGUAGES:
            assert row[language], row["key"]
            assert set(re.findall(r"{(\w+)}", row[language])) <= fields, row["key"]
            assert not _RDF.search(row[language]), row["key"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_of_rules_take_what_the_rules_say(language: str) -> None:
    """A rule with a text for officers is worded in every language from its own message."""
    named = {row["key"].partition(".")[0] for row in _rule_texts()}
    worded_rules = [rule for rule in rules() if rule.name in named]
    assert len(worded_rules) >= 45
    for rule in worded_rules:
        message = re.sub(r"\?(\w+)", r"<\1>", rule.problem)
        before = Problem(f"rule.{rule.name}", message, rule.solution, _CELL, rule.severity)
        after = worded(before, language)
        assert after.language == language, rule.name
        assert after.place.path is None
        assert not _RDF.search(after.message + after.remedy), rule.name


def _rule_texts() -> list[dict[str, str]]:
    file = files("urbansdg.loaders.cells").joinpath("rule_texts.csv")
    return list(csv.DictReader(file.read_text("utf-8").splitlines()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shape_names_the_title_of_the_column(language: str) -> None:
    """A problem of a shape that a column fills is worded without names of RDF."""
    for shape in set(read_layout().fields.values()):
        texts = shape_texts("en")[f"https://w3id.org/urbansdg/shapes#{shape}"]
        before = Problem(f"shape.{shape}", texts.message, "", _CELL, Severity.VIOLATION)
        after = worded(before, language)
        assert after.language == language, shape
        assert after.remedy, shape
        assert not _RDF.search(after.message + after.remedy), (shape, after)


def test_the_notes_of_a_load_are_translated() -> None:
    """The message about an unknown city is given in the language of the workbook."""
    remedy = "Write its name as in the graph, or its key; or load a gazetteer. Similar: 1 (Paris)."
    problem = Problem("unknown-city", "City not found in the graph: 'Pariss'.", remedy, _CELL)
    translated = in_language(problem, "fr")
    assert translated.message == "Ville absente des données : 'Pariss'."
    assert translated.remedy.endswith("Semblables : 1 (Paris).")
    assert in_language(problem, "en") == problem


@pytest.mark.parametrize(
    ("code", "message", "locale", "translation"),
    [
        (
            "duplicate-thing",
            (
                "Rows 4, 5 and 6 describe the same policy, 'Bus' or 'Bus.'; "
                "none of them can be loaded."
            ),
            "fr",
            "Les lignes 4, 5 et 6 décrivent la même chose, 'Bus' ou 'Bus.' ; aucune",
        ),
        (
            "duplicate-thing",
            (
                "Row 4 of a.csv and row 2 of b.csv describe the same policy, 'X'; "
                "neither can be loaded."
            ),
            "es",
            "La fila 4 de a.csv y la fila 2 de b.csv describen lo mismo, 'X'; ninguna",
        ),
        ("guessed-encoding", "a.csv is not in UTF-8; it was read as cp949.", "ko", "a.csv: UTF-8"),
        (
            "hidden-rows",
            "2 hidden rows were read, because a filter hides rows too.",
            "fr",
            "2 lignes masquées ont été lues",
        ),
    ],
)
def test_notes_of_a_load_are_in_the_language_of_the_workbook(
    code: str, message: str, locale: str, translation: str
) -> None:
    """A problem of another part of a load has no English words in a French workbook."""
    remedies = {row["key"]: row["en"] for row in _rule_texts()}
    problem = Problem(code, message, remedies[f"{code}.remedy"], _CELL)
    after = in_language(problem, locale)
    assert after.language == locale
    assert after.message.startswith(translation)
