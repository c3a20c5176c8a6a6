"""Documents in JSON, and the prose in them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.loaders.countries import country_code
from urbansdg.loaders.documents import parsed, read_lines
from urbansdg.loaders.prose import readable
from urbansdg.problems import Place, SourceUnreadable


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a":' + b"[" * 100_000, "nested too deep"),
        (b'{"a":' + b'{"a":' * 100_000, "nested too deep"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "a number of 100000 characters"),
        (b'{"a": 1, "a": 2}', "'a' twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": "\\ud800"}', "UTF-8"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": 1', "not JSON"),
        (b"[1]", "not an object"),
        (b"", "not JSON"),
    ],
)
def test_a_hostile_document_is_refused(data: bytes, message: str) -> None:
    """What is no sound JSON object is refused with its reason and its place."""
    with pytest.raises(SourceUnreadable, match=message) as refused:
        parsed(data, Place("x.json", line=3))
    assert (refused.value.reason.place.file, refused.value.reason.place.line) == ("x.json", 3)


def test_the_line_of_a_bad_object_is_told(tmp_path: Path) -> None:
    """Of a file with an object a line, the line that is none is told; blank ones count as lines."""
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n\n{"a" 2}\n', "utf-8")
    with pytest.raises(SourceUnreadable) as refused:
        list(read_lines(tmp_path / "x.jsonl"))
    assert refused.value.reason.place.line == 3


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_a_number_keeps_its_spelling(number: object) -> None:
    """A number is read as it is spelt, so that no digit of an amount is lost."""
    text = f"{number:f}"
    assert parsed(f'{{"a/b": {text}}}'.encode(), Place("x")).text("a/b") == text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_places_are_json_pointers(name: str) -> None:
    """The place of a member is a JSON Pointer to it (RFC 6901)."""
    told = parsed(json.dumps({name: {"x": None}}).encode(), Place("x"))
    pointer = told.element(name).at("x").path or ""
    step = pointer.split("/")[1].replace("~1", "/").replace("~0", "~")
    assert (step, told.element(name).text("x")) == (name, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "the city\N{SINGLE LOW-9 QUOTATION MARK}Äôs streets",
            "the city\N{RIGHT SINGLE QUOTATION MARK}s streets",
        ),
        ("Technology &amp; Management", "Technology & Management"),
        ("<p>One</p><p>Two<br>three</p><script>x()</script>", "One\nTwo\nthree"),
        (r"- first\n\n- second", "- first\n\n- second"),
        ("PM10 < 50 and > 20", "PM10 < 50 and > 20"),
        ("서울 10,000대", "서울 10,000대"),
        ("São Paulo, Łódź, Дулаан шийдэл", "São Paulo, Łódź, Дулаан шийдэл"),
    ],
)
def test_prose_is_made_readable(text: str, expected: str) -> None:
    """Tags, entities, mojibake and spelt-out line ends go; text that is right stays."""
    assert readable(text) == expected


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("People's Republic of China", "CHN"),
        ("Russia", "RUS"),
        ("Vietnam", "VNM"),
        ("England", "GBR"),
        ("Côte d\N{RIGHT SINGLE QUOTATION MARK}Ivoire", "CIV"),
        ("中国", "CHN"),
        ("Honshu", None),
    ],
)
def test_countries_are_known_by_their_usual_names(name: str, code: str | None) -> None:
    """A country is known by the UN's names, the usual English one and parts told as states."""
    assert country_code(name) == code
