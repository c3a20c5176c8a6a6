"""CSV as spreadsheets and offices save it: its encoding, its delimiter, its rows.

Every reader of CSV uses `decode_file` and `csv_rows`; a large table is read as a stream with
`encoding_of`. Encodings are UTF-8, UTF-16 with or without a byte order mark, Windows-1252, CP949
and GB18030, and a few more where none of these fits.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import BinaryIO, Final

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable

_MOST: Final = 64 << 20
"""The largest CSV file that is read into memory, in bytes."""

_CHUNK: Final = 1 << 20
_LOOK: Final = 1 << 16
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHERS: Final = ["cp1250", "cp1251", "shift_jis", "big5"]
_DELIMITERS: Final = ",;\t|"
_SEPARATOR: Final = re.compile(r"sep=([,;\t|])\r?\n?", re.IGNORECASE)
"""A first line by which Excel is given the delimiter."""

_QUOTED: Final = re.compile(r'"(?:[^"]|"")*(?:"|\Z)')
_LINE: Final = re.compile(r"[^\r\n]+")
_LINES: Final = 20
"""Lines that are compared to choose the delimiter."""

_ROWS_OF_HIGH_BYTES: Final = re.compile(rb"[\x80-\xff]+")
_IN_WORD: Final = re.compile("[A-Za-z][\xa1-\xbf\xd7\xf7][a-z]")
"""A sign inside a word, which shows that a text is not in Windows-1252; a middle dot may be."""

_COMMON: Final = 0xD7
"""The last lead byte of the 3,755 common characters of GB 2312, level 1."""


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


def encoding_of(file: BinaryIO, name: str) -> tuple[str, list[Problem]]:
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
        raise unreadable(name, "its character encoding cannot be detected")
    return encoding, [_detected(name, encoding)]


def _unmarked_utf16(head: bytes) -> str | None:
    """Return the form of UTF-16 without a mark: the side on which commas and line ends have NUL."""
    signs = [*map(ord, f'{_DELIMITERS}\n\r" 0123456789')]
    little, big = (
        sum(zero == 0 and sign in signs for sign, zero in zip(low, high, strict=False))
        for low, high in ((head[::2], head[1::2]), (head[1::2], head[::2]))
    )
    if not little and not big:
        return None
    form = "utf-16-le" if little > big else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(form)().decode(head)
    except UnicodeDecodeError:
        return None
    return form if "\x00" not in text else None


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
        if western is not None and not _IN_WORD.search(western.replace("\xb7", "")):
            return "cp1252"
    korean = _decoded(data, "cp949") or ""
    hangul = sum("\uac00" <= letter <= "\ud7a3" for letter in korean)
    if hangul > 4 * sum("\u3400" <= letter <= "\u9fff" for letter in korean):
        return "cp949"
    chinese = [
        letter for letter in _decoded(data, "gb18030") or "" if "\u3400" <= letter <= "\u9fff"
    ]
    if sum(map(_is_common, chinese)) * 5 > len(chinese) * 4:
        return "gb18030"
    from charset_normalizer import from_bytes  # rarely needed

    best = from_bytes(data, cp_isolation=_OTHERS).best()
    return best.encoding if best else None


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text of a part of a file, whose last character may be cut."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return None


def _is_common(letter: str) -> bool:
    try:
        return letter.encode("gb2312")[0] <= _COMMON
    except UnicodeEncodeError:
        return False


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
            raise unbalanced(name, number, error) from error
        if number > 1 or not is_announced:
            yield number, cells


def unbalanced(name: str, row: int, error: csv.Error) -> SourceUnreadable:
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
        "Check letters with accents; save the file as CSV in UTF-8 to be sure.",
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
