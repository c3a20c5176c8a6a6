"""Comparison keys of names."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.loaders.parse.name_keys import comparison_key, spelling_keys


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("São Paulo", "sao paulo"),
        ("SAO-PAULO", "sao paulo"),
        ("İstanbul", "istanbul"),
        ("Diyarbak\u0131r", "diyarbakir"),
        ("Łódź", "lodz"),
        ("Tromsø", "tromso"),
        ("Straßburg", "strassburg"),
        ("Qŭqon", "quqon"),
        ("Sana\u02bba", "sanaa"),
        ("서울", "서울"),
        ("ﬁne", "fine"),
    ],
)
def test_a_key_has_no_case_accents_and_punctuation(text: str, key: str) -> None:
    """Letters that Unicode does not decompose have the letters that people write for them."""
    assert comparison_key(text) == key


@pytest.mark.parametrize(
    ("text", "typed"),
    [("München", "Muenchen"), ("Zürich", "Zuerich"), ("Århus", "Aarhus"), ("Køge", "Koege")],
)
def test_a_name_has_the_spelling_in_two_letters(text: str, typed: str) -> None:
    """A letter with an umlaut is also written with an e, in composed and decomposed form."""
    for form in ("NFC", "NFD"):
        assert comparison_key(typed) in spelling_keys(unicodedata.normalize(form, text))


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    """The key of a key is that key, and it is among the keys of the spellings of the text."""
    key = comparison_key(text)
    assert comparison_key(key) == key
    assert key in spelling_keys(text)
