"""Characters in messages."""

import pytest

from urbansdg.ontology.character_names import with_character_names


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("'\xa0' is wrong", "'\xa0' (U+00A0, no-break space) is wrong"),
        (r"'\u{200b}' is wrong", r"'\u{200b}' (U+200B, zero width space) is wrong"),
        ("'\x07' is wrong", "'\x07' (U+0007, control character) is wrong"),
        ("'“' and 'x' and ' '", "'“' (U+201C, left double quotation mark) and 'x' and ' '"),
        ("no quotes: é", "no quotes: é"),
    ],
)
def test_quoted_characters_are_named(message: str, named: str) -> None:
    """Each character that a message quotes has its number and name, except those of ASCII."""
    assert with_character_names(message) == named
