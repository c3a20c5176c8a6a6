"""The encodings of XML, read by its byte order mark and declaration (XML 1.0, 4.3.3; RFC 7303)."""

import codecs
import re
from pathlib import Path
from typing import Final

_SUPPORTED: Final = frozenset(
    (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii"),
        *(f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))),
        *(f"cp{page}" for page in range(1250, 1259)),
        *("koi8-r", "koi8-u", "euc_kr", "cp949", "shift_jis", "euc_jp"),
        *("gb2312", "gbk", "gb18030", "big5"),
    )
)
"""Encodings by the names of Python. Others of its codecs are not character encodings, or unsafe."""

_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\0": "utf-16-le",  # without a mark (XML 1.0, appendix F.1)
    b"\0<": "utf-16-be",
}
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._:-]{0,40}")
_DECLARATION: Final = re.compile(
    r"<\?xml\s[^<>]{0,200}?(\sencoding\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'))"
)
_HEAD: Final = 1 << 10
_CHUNK: Final = 1 << 20


def codec_of(name: str) -> str | None:
    """Return the codec of an encoding by its name in XML or in `charset=`, None if unsupported."""
    if not _NAME.fullmatch(name):
        return None
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        return None
    return codec if codec in _SUPPORTED else None


def xml_in_utf8(file: Path, out: Path, charset: str = "") -> Path:
    """Return the file if it is XML in UTF-8, or `out` with its text in UTF-8.

    `charset` is the parameter of the media type, which stands above the declaration (RFC 7303, 3).
    Lines and columns of the text stay. Raises `ValueError` for an encoding that is unsupported, or
    that the bytes contradict.
    """
    with file.open("rb") as source:
        head = source.read(_HEAD)
    visible = next((codec for mark, codec in _MARKS.items() if head.startswith(mark)), None)
    declaration = _DECLARATION.match(head.decode(visible or "latin-1", "ignore").lstrip("\ufeff"))
    declared = (declaration[2] or declaration[3] or "") if declaration else "utf-8"
    # Without a mark or a declaration, XML is UTF-8 or what is visible.
    named = charset or (declared if declaration else visible or "utf-8")
    codec = codec_of(named)
    if codec is None:
        raise ValueError(f"its encoding {named[:40]!r} is not supported; send UTF-8 or UTF-16")
    is_utf16 = (visible or "").startswith("utf-16")
    if not (is_utf16 if codec == "utf-16" else visible == codec or _is_possible(visible, codec)):
        seen = (visible or "not UTF-16").removesuffix("-le").removesuffix("-be")
        raise ValueError(f"it names the encoding {named}, but its bytes are {seen}")
    if codec == "utf-8" and declared.casefold() in ("utf-8", "utf8"):
        return file
    _transcode(file, out, visible or codec)
    return out


def _is_possible(visible: str | None, codec: str) -> bool:
    """Return whether bytes without a visible encoding may be in one: UTF-16 is always visible."""
    return visible is None and not codec.startswith("utf-16")


def _transcode(file: Path, out: Path, codec: str) -> None:
    try:
        with (
            file.open(encoding=codec, newline="") as source,
            out.open("w", encoding="utf-8", newline="") as target,
        ):
            text = source.read(_CHUNK).removeprefix("\ufeff")
            declaration = _DECLARATION.match(text)
            if declaration:
                start, end = declaration.span(1)
                text = text[:start] + " " * (end - start) + text[end:]
            while text:
                target.write(text)
                text = source.read(_CHUNK)
    except UnicodeError as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise ValueError(f"its bytes are not in the encoding {codec}: {reason}") from None
