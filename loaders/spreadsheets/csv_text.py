"""CSV as spreadsheets and offices save it: its encoding, its delimiter, its rows.

Readers of CSV use `decode_file` and `csv_rows`; a large table is read as a stream with
`encoding_of`. Encodings are UTF-8, UTF-16 with or without a byte order mark, Windows-1252, CP949
and GB18030, and a few more where none of these fits.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import IO, Final, Protocol, Self

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable

_MOST: Final = 64 << 20
"""The largest CSV file that is read into memory, in bytes."""

_CHUNK: Final = 1 << 20
_LOOK: Final = 1 << 16
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHERS: Final = ["cp1250", "cp1251", "shift_jis", "big5"]
_DELIMITERS: Final = ",;\t|"
_SIGNS: Final = f"{_DELIMITERS}\n\r "
_SEPARATOR: Final = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)
"""A first line by which Excel is given the delimiter."""

_QUOTED: Final = re.compile(r'"(?:[^"]|"")*(?:"|\Z)')
_LINE: Final = re.compile(r"[^\r\n]+")
_LINES: Final = 20
"""Lines that are compared to choose the delimiter."""

_ROWS_OF_HIGH_BYTES: Final = re.compile(rb"[\x80-\xff]+")
_IN_WORD: Final = re.compile("[A-Za-z][\xa1-\xbf\xd7\xf7][a-z]")
"""A sign inside a word, which shows that a text is not in Windows-1252; a middle dot may be."""

_RARE: Final = "\u201a\u0192\u201e\u2020\u2021\u02c6\u2030\u2039\u203a\u02dc"
"""Signs of Windows-1252 that are rare there, and lead bytes of Shift JIS."""

_CJK: Final = re.compile("[\u3400-\u9fff\uac00-\ud7a3]")
_COMMON: Final = {
    "cp949": ("euc_kr", range(0xB0, 0xC9)),  # the 2,350 syllables of KS X 1001
    "gb18030": ("gb2312", range(0xB0, 0xD8)),  # the 3,755 characters of GB 2312, level 1
}
"""The lead bytes of the common letters of two encodings, in the standards that they extend."""


def decode_file(path: Path) -> tuple[str, list[Problem]]:
    """Return the text of a file, and a warning if its encoding was detected and not declared.

    Raises `SourceUnreadable`.
    """
    if path.stat().st_size > _MOST:
        raise unreadable(path.name, f"it is larger than {_MOST >> 20} MiB")
    data = path.read_bytes()
    encoding, notes = encoding_of(BytesIO(data), path.name)
    try:
        return data.decode(encoding), notes
    except UnicodeDecodeError as error:
        raise unreadable(path.name, _undecodable(encoding, error.start)) from error


def encoding_of(file: IO[bytes], name: str) -> tuple[str, list[Problem]]:
    """Return the encoding of a file, and a warning if it was detected and not declared.

    The file is read to its end if it is in UTF-8. Raises `SourceUnreadable`.
    """
    head = file.read(_CHUNK)
    marked = next((form for mark, form in _MARKS.items() if head.startswith(mark)), None)
    if marked is not None:
        return marked, []
    unmarked = _unmarked_utf16(head)
    if unmarked is not None:
        return unmarked, [_detected(name, unmarked)]
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = file.read(_CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        encoding = _legacy_encoding(chunk or head)
    else:
        return "utf-8", []
    if encoding is None:
        raise unreadable(name, "it is not valid UTF-8, and no other encoding fits")
    return encoding, [_detected(name, encoding)]


def _unmarked_utf16(head: bytes) -> str | None:
    """Return the form of UTF-16 without a mark: the one with more commas, blanks and line ends."""
    if b"\x00" not in head:
        return None
    texts = {form: head.decode(form, "ignore") for form in ("utf-16-le", "utf-16-be")}
    signs = {form: sum(map(text.count, _SIGNS)) for form, text in texts.items()}
    best = max(signs, key=lambda form: signs[form])
    return best if signs[best] and "\x00" not in texts[best] else None


def _legacy_encoding(data: bytes) -> str | None:
    """Return the encoding before Unicode, or None if no candidate fits.

    In Windows-1252 most letters outside ASCII stand alone; in CP949 and GB18030 they are pairs.
    Korean in CP949 is nearly all Hangul; Chinese in GB18030 is nearly all from the common
    characters. On lists of names in ten languages this is right for every file of two rows or
    more, where charset-normalizer over the same and four other encodings takes 25 to 91 % of
    Windows-1252 for another; it decides only between the rest.
    """
    runs = _ROWS_OF_HIGH_BYTES.findall(data)
    if sum(len(run) == 1 for run in runs) * 2 > len(runs):
        western = _decoded(data, "cp1252")
        if western is not None and _is_western(western):
            return "cp1252"
    for encoding, (standard, common) in _COMMON.items():
        letters = _CJK.findall(_decoded(data, encoding) or "")
        usual = sum(_lead(letter, standard) in common for letter in letters)
        if usual * 5 > len(letters) * 4:
            return encoding
    from charset_normalizer import from_bytes  # rarely needed

    best = from_bytes(data, cp_isolation=_OTHERS).best()
    if best is None:
        return None
    letters = [letter for letter in str(best) if not letter.isascii()]
    is_text = sum(map(str.isalpha, letters)) * 10 > len(letters) * 9
    return best.encoding if is_text else None


def _is_western(text: str) -> bool:
    """Return whether a text in Windows-1252 looks as if it were in that encoding."""
    rare = sum(map(text.count, _RARE))
    return not _IN_WORD.search(text.replace("\xb7", "")) and rare * 5 < sum(
        not letter.isascii() for letter in text
    )


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text of a part of a file, whose last character may be cut."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None


def _lead(letter: str, encoding: str) -> int:
    """Return the first byte of a letter, or 0 if the encoding lacks it."""
    return letter.encode(encoding, "replace")[0]


def delimiter(text: str) -> str:
    """Return the delimiter: what stands as often in most of the first lines, outside quotes."""
    separator = _SEPARATOR.match(text)
    if separator:
        return separator[1]
    lines = _LINE.findall(_QUOTED.sub("", text[:_LOOK]))[:_LINES]

    def score(candidate: str) -> tuple[int, int]:
        counts = Counter(line.count(candidate) for line in lines)
        del counts[0]
        return max(((lines_alike, count) for count, lines_alike in counts.items()), default=(0, 0))

    return max(_DELIMITERS, key=score)


def csv_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of CSV with their numbers, as a spreadsheet counts them.

    Lines may end as those of Windows, Unix or old Macs. Raises `SourceUnreadable` with the row in
    which quotes are not balanced.
    """
    mark = delimiter(text)
    is_announced = _SEPARATOR.match(text) is not None
    rows = csv.reader(StringIO(text, newline=""), delimiter=mark, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unbalanced(name, number, error) from error
        if number > 1 or not is_announced:
            yield number, cells


def csv_reader(lines: Iterable[str]) -> "CsvReader":
    """Return a reader of lines of CSV, whose delimiter is that of the first line."""
    rest = iter(lines)
    first = next(rest, "")
    return csv.reader(chain((first,), rest), delimiter=delimiter(first), strict=True)


class CsvReader(Protocol):
    """The type of what `csv.reader` returns."""

    line_num: int

    def __iter__(self) -> Self:
        """Return the reader."""

    def __next__(self) -> list[str]:
        """Return the cells of the next row."""


def _unbalanced(name: str, row: int, error: csv.Error) -> SourceUnreadable:
    """Return the error of a row that is not valid CSV."""
    is_open = "end of data" in str(error) or "field limit" in str(error)
    what = "a text in double quotes has no end" if is_open else str(error)
    return SourceUnreadable(
        f"{name} is not valid CSV: row {row}: {what}.",
        "Put the whole cell in double quotes, and write a double quote inside it twice.",
        place=Place(name, row=row),
    )


def first_row(path: Path) -> list[str]:
    """Return the first row of a CSV file that is not blank, or [] if it cannot be read.

    Only the beginning of the file is read, because every reader looks at every source.
    """
    if not path.is_file():
        return []
    with path.open("rb") as file:
        head = file.read(_LOOK)
    try:
        encoding, _ = encoding_of(BytesIO(head[: head.rfind(b"\n") + 1] or head), path.name)
        text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
        return next((cells for _, cells in csv_rows(text, path.name) if any(cells)), [])
    except (SourceUnreadable, UnicodeDecodeError):
        return []


def _detected(name: str, encoding: str) -> Problem:
    return Problem(
        "guessed-encoding",
        f"{name} is not in UTF-8; it was read as {encoding}.",
        "Check letters outside English; save the file as CSV in UTF-8 to be sure.",
        Place(name),
        Severity.WARNING,
    )


def _undecodable(encoding: str, byte: int) -> str:
    return f"byte {byte:,} is not valid in its character encoding ({encoding})"


def unreadable(name: str, why: str) -> SourceUnreadable:
    """Return the error of a file that cannot be read."""
    return SourceUnreadable(
        f"{name} cannot be read: {why}.",
        "Save it again as .xlsx, or as CSV in UTF-8.",
        place=Place(name),
    )
