"""CSV as offices save it: encodings, delimiters, line ends, quotes."""
# ruff: noqa: RUF001  # letters of other alphabets and signs of other languages are the point

from pathlib import Path

import pytest

from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.parse.facts import Record
from urbansdg.loaders.spreadsheets.csv_text import csv_rows, decode_file, delimiter, first_row
from urbansdg.loaders.tables.csv_table import header, read_table

_TEXTS = {
    "cp1252": "Ville,Résumé\r\nGenève,Été à l’école – 5 € « oui »\r\n",
    "cp949": "도시,요약\r\n서울,심야버스 확대 사업\r\n",
    "gb18030": "城市,摘要\r\n北京,公共交通改革方案\r\n",
    "cp1251": "Город,Описание\r\nМосква,Ночные автобусы для всех районов\r\n",
    "shift_jis": "都市,概要\r\n東京,公共交通の改善について\r\n",
}
_UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")


@pytest.mark.parametrize("encoding", _UNICODE)
@pytest.mark.parametrize("text", _TEXTS.values())
def test_unicode_is_read_in_every_form(tmp_path: Path, encoding: str, text: str) -> None:
    """UTF-8 and UTF-16 are read with and without a byte order mark."""
    file = tmp_path / "table.csv"
    file.write_bytes(text.encode(encoding))
    assert decode_file(file)[0].removeprefix("\ufeff") == text


@pytest.mark.parametrize("encoding", _TEXTS)
def test_an_older_encoding_is_detected_and_reported(tmp_path: Path, encoding: str) -> None:
    """A short table in an encoding before Unicode is read right, with a warning."""
    file = tmp_path / "table.csv"
    file.write_bytes(_TEXTS[encoding].encode(encoding))
    text, (note,) = decode_file(file)
    assert text == _TEXTS[encoding]
    assert note.code == "guessed-encoding"


@pytest.mark.parametrize("size", [0, 1 << 20])
def test_one_letter_far_below_decides_the_encoding(tmp_path: Path, size: int) -> None:
    """A table that is ASCII at its beginning is read in the encoding of its first other letter."""
    file = tmp_path / "table.csv"
    file.write_bytes(b"a,b\n" * (size // 4) + "Genève,é\n".encode("cp1252"))
    assert decode_file(file)[0].endswith("Genève,é\n")


def test_bytes_without_an_encoding_are_refused(tmp_path: Path) -> None:
    """A file that is no text in any known encoding is one clear problem."""
    file = tmp_path / "table.csv"
    file.write_bytes(bytes(range(128, 256)) * 20)
    with pytest.raises(SourceUnreadable, match="no other encoding fits"):
        decode_file(file)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","),
        ("Titre;Montant\nBus, tram;1,5\nVélo;2,5\n", ";"),
        ("a;b\n1,5;2,5\n2,5;3,5\n", ";"),
        ("a\tb\nx, y\tz\n", "\t"),
        ("City of X, Department of Y\n\nTitle;Amount\nA;1\nB;2\n", ";"),
        ('"a;b";"c;d",x\n', ","),
        ("sep=|\na|b;c;d\n", "|"),
        ("a\rb;c\rd;e\r", ";"),
        ("title\n", ","),
    ],
)
def test_the_delimiter_stands_as_often_in_most_lines(text: str, mark: str) -> None:
    """The delimiter is what divides most of the first lines alike, outside quotes."""
    assert delimiter(text) == mark


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(tmp_path: Path, end: str) -> None:
    """Rows end as on Unix, Windows and old Macs, and their numbers are those of a spreadsheet."""
    text = end.join(["a,b", '"x', 'y",1', "z,2", ""])
    assert list(csv_rows(text, "t.csv")) == [
        (1, ["a", "b"]),
        (2, [f"x{end}y", "1"]),
        (3, ["z", "2"]),
    ]
    file = tmp_path / "t.csv"
    file.write_bytes(text.encode())
    assert first_row(file) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('a,b\n1,"open\n2,3\n', 2),
        ('a,b\n1,2\n"closed" and more,3\n', 3),
        ('a,b\n1,"' + "x" * 200_000 + "\n", 2),
    ],
)
def test_quotes_that_are_not_balanced_are_refused_with_their_row(text: str, row: int) -> None:
    """A cell whose quotes are wrong is a problem with the row in which it begins."""
    with pytest.raises(SourceUnreadable) as refused:
        list(csv_rows(text, "t.csv"))
    assert refused.value.reason.place.row == row
    assert refused.value.reason.remedy.startswith("Put the whole cell in double quotes")


@pytest.mark.parametrize("encoding", [*_UNICODE, "cp1252", "cp949"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_is_read_in_these_encodings_too(tmp_path: Path, encoding: str, mark: str) -> None:
    """The tables of a folder may be in the same encodings and delimiters."""
    file = tmp_path / "things.csv"
    name = "도시 버스" if encoding == "cp949" else "Été à Genève"
    file.write_bytes(f"key{mark}name\r\na{mark}{name}\r\n".encode(encoding))
    records = [
        row for row in read_table(file, header("key name", "key")) if isinstance(row, Record)
    ]
    assert [record.cells for record in records] == [{"key": "a", "name": name}]
