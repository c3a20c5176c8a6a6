"""The texts of the shapes in seven languages."""

import re

import pytest
from rdflib import RDF, RDFS, Literal
from rdflib.namespace import SH

from urbansdg.shapes.model.shape_profile import PROFILES, read_profile
from urbansdg.shapes.model.shape_texts import LANGUAGES, shape_texts, translation_files

SHAPES = read_profile(PROFILES[-1]).graph
SCRIPTS = {
    "ko": "[가-힣]",
    "ar": "[\u0621-\u064a]",
    "ru": "[\u0430-\u044f]",
    "zh": "[\u4e00-\u9fff]",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shape_has_its_texts_in_each_language(language: str) -> None:
    """Every property shape says in each language what to enter and what is wrong."""
    texts = shape_texts(language)
    reporting = {str(shape) for shape in SHAPES.subjects(SH.message)}
    assert {shape for shape in reporting if not texts[shape].description} == set()
    assert {shape for shape in reporting if not texts[shape].message} == set()
    named = {str(shape) for shape in SHAPES.subjects(SH.name)}
    assert {shape for shape in named if not texts[shape].name} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_no_other_shapes(language: str) -> None:
    """A translation has texts of our shapes only."""
    known = {str(shape) for shape in SHAPES.subjects(SH.message)}
    assert set(shape_texts(language)) == known


@pytest.mark.parametrize(("language", "script"), SCRIPTS.items())
def test_a_text_is_in_the_script_of_its_language(language: str, script: str) -> None:
    """Each description and message is written in the script of its language."""
    for shape, texts in shape_texts(language).items():
        assert re.search(script, texts.description.lower()), shape
        assert re.search(script, texts.message.lower()), shape


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_a_translated_message_has_no_rdf_term(language: str) -> None:
    """Messages for officers name fields by their titles, never by terms of RDF."""
    for shape, texts in shape_texts(language).items():
        both = f"{texts.description} {texts.message}"
        assert not re.search(r"\b(usdg|dcterms|skos|vcard|xsd|gsp|geo|IRI)\b[:#]?", both), shape


def test_the_groups_are_named_in_each_language() -> None:
    """Every group of fields has a name in each of the seven languages."""
    for group in SHAPES.subjects(RDF.type, SH.PropertyGroup):
        labels = [o for o in SHAPES.objects(group, RDFS.label) if isinstance(o, Literal)]
        assert sorted(str(label.language) for label in labels) == sorted(LANGUAGES), group


def test_an_unknown_language_is_refused() -> None:
    """A language without a file is an error of the caller."""
    with pytest.raises(KeyError):
        shape_texts("tlh")
    assert [file.name for file in translation_files()] == [f"{tag}.ttl" for tag in LANGUAGES]
