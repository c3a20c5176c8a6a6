"""XML as the engine's parser reads it: in UTF-8, with line feeds, and with a language or none.

The encoding is read by the byte order mark and the declaration (XML 1.0, 4.3.3; RFC 7303). Carriage
returns become line feeds before XML is parsed (XML 1.0, 2.11), which the engine leaves out.
`xml:lang=""` says that there is no language (XML 1.0, 2.12), which the engine takes for a wrong
tag: another stands for it in the file, and `with_no_language` takes that out of the literals.
"""

import codecs
import re
from pathlib import Path
from typing import Final

from pyoxigraph import Literal

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
_NO_LANGUAGE: Final = "x-urban-sdg-nolang"
_STAND_IN: Final = f'xml:lang="{_NO_LANGUAGE}"'
_EMPTY_LANGUAGE: Final = re.compile(r"(<[^<>!?][^<>]*?\s)xml:lang\s*=\s*(?:\"\"|'')")
_UNREAD: Final = re.compile(rb"\r|xml:lang\s*=\s*(?:\"\"|'')")
_OVERLAP: Final = 64
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


def with_no_language(literal: Literal) -> Literal:
    """Return a literal of a file that `xml_in_utf8` wrote, without the tag for no language."""
    if literal.language == _NO_LANGUAGE:
        return Literal(literal.value)
    if _STAND_IN not in literal.value:
        return literal
    text = literal.value.replace(_STAND_IN, 'xml:lang=""')  # it was text, in CDATA for example
    if literal.language:
        return Literal(text, language=literal.language)
    return Literal(text, datatype=literal.datatype)


def xml_in_utf8(file: Path, out: Path, charset: str = "") -> Path:
    """Return the file if the engine reads it as it is, or `out` with its text in UTF-8.

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
    is_declared = declared.casefold() in ("utf-8", "utf8")
    if codec == "utf-8" and is_declared and not _has_unread(file):
        return file
    _transcode(file, out, visible or codec)
    return out


def _has_unread(file: Path) -> bool:
    """Return whether XML in UTF-8 has something that the engine reads in another way."""
    with file.open("rb") as source:
        last = b""
        while chunk := source.read(_CHUNK):
            if _UNREAD.search(last + chunk):
                return True
            last = chunk[-_OVERLAP:]
    return False


def _is_possible(visible: str | None, codec: str) -> bool:
    """Return whether bytes without a visible encoding may be in one: UTF-16 is always visible."""
    return visible is None and not codec.startswith("utf-16")


def _transcode(file: Path, out: Path, codec: str) -> None:
    try:
        with (
            file.open(encoding=codec, newline=None) as source,  # carriage returns become line feeds
            out.open("w", encoding="utf-8", newline="") as target,
        ):
            text = source.read(_CHUNK).removeprefix("\ufeff")
            declaration = _DECLARATION.match(text)
            if declaration:
                start, end = declaration.span(1)
                text = text[:start] + " " * (end - start) + text[end:]
            rest = ""
            while text:
                text = rest + text
                cut = text.rfind("<")  # no tag is divided
                cut = len(text) if cut < 0 else cut
                target.write(_EMPTY_LANGUAGE.sub(rf"\1{_STAND_IN}", text[:cut]))
                rest, text = text[cut:], source.read(_CHUNK)
            target.write(_EMPTY_LANGUAGE.sub(rf"\1{_STAND_IN}", rest))
    except UnicodeError as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise ValueError(f"its bytes are not in the encoding {codec}: {reason}") from None
