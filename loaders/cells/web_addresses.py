"""Web and email addresses in cells, and what to write in place of a text that is not one.

A cell has one problem, whatever is in it: prose with seven words is not seven wrong addresses.
"""

import re
from collections.abc import Iterator
from typing import Final

from urbansdg.errors import Problem
from urbansdg.loaders.cells.problem_texts import alternatives, describe
from urbansdg.loaders.parse.cell_values import is_web_address
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.quantities import ascii_digits

_BLANKS: Final = re.compile(r"[\s;|]+")
_LINK: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+\.[^\s<>\"{}|\\^`]+|https?://localhost\S*")
_SCHEME: Final = re.compile(r"^https?://", re.IGNORECASE)
_HOST: Final = re.compile(r"^(https?://[^/?#]+)", re.IGNORECASE)
_BROKEN_SCHEME: Final = re.compile(
    r"^(?:(?:https?://)+(?=https?:)|h?t{1,2}p{1,2}s{0,2}:?[:/\\]{1,4}|https?\.//|https?;//|hxxps?://)(?=\w)",
    re.IGNORECASE,
)
_DOMAIN: Final = re.compile(r"(?:[\w-]+\.)+(?P<end>[^\W\d_]{2,24})(?::\d+)?(?:[/?#]\S*)?")
_DOI: Final = re.compile(r"(?:doi\s*:?\s*|(?<![\w/]))(10\.\d{4,9}/[^\s;|<>\"]+)", re.IGNORECASE)
_MAILBOX: Final = re.compile(r"[^@\s<>\";,:]+@[^@\s<>\";,]+\.[^@\s<>\";,.]+")
_MARKDOWN: Final = re.compile(r"^\[[^\]]*\]\((https?://[^\s()]+)\)$")
"""A link as Markdown writes it."""

_FILE: Final = re.compile(r"^(file:|[a-z]:[\\/]|\\\\|~?/(home|users)/)", re.IGNORECASE)
_DOCUMENTS: Final = frozenset({
    *("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "hwp", "hwpx", "txt"),
    *("csv", "zip", "jpg", "jpeg", "png", "html", "htm", "aspx", "php"),
})  # fmt: skip
"""Endings of files, which are not the ends of domain names."""

_LICENCE: Final = re.compile(
    r"(?:Creative Commons|CC)[\s-]*(?P<kind>0|zero|BY(?:[\s-]*(?:NC|ND|SA))*)"
    r"(?:[\s-]*v?(?P<version>\d(?:\.\d)?))?(?![\w])",
    re.IGNORECASE,
)
"""A licence of Creative Commons by its short name: `CC BY-SA 4.0`, `CC0`."""

_NO_SIGNS: Final = re.compile(r"[<>\"{}\\^`\[\]]|%(?![0-9A-Fa-f]{2})")


def links(cell: Cell) -> Iterator[str | Problem]:
    """Yield the web addresses of a cell, separated by blanks, semicolons or commas.

    Scheme and host are written in lower case. A cell that has anything else is one problem.
    """
    pieces = [piece for piece in map(_bare, _BLANKS.split(cell.text)) if piece]
    addresses = [_normal(piece) for piece in pieces]
    if addresses and all(map(_is_link, addresses)):
        yield from addresses
    elif licence := _LICENCE.fullmatch(cell.text.strip()):
        options = _licence_address(licence)
        yield describe(cell, "bad-link", "link.unknown", "link.licence", options=options)
    else:
        yield _no_link(cell, pieces)


def _is_link(address: str) -> bool:
    return _LINK.fullmatch(address) is not None and is_web_address(address)


def _bare(piece: str) -> str:
    return piece.strip("<>,")


def _normal(address: str) -> str:
    return _HOST.sub(lambda match: match[1].lower(), address)


def _no_link(cell: Cell, pieces: list[str]) -> Problem:
    if _FILE.match(cell.text):
        return describe(cell, "bad-link", "link.unknown", "link.file")
    joined = _with_blanks(pieces)
    addresses = [joined] if joined else list(dict.fromkeys(_addresses(cell.text, pieces)))
    if addresses:
        every = bool(joined) or len(addresses) == len(
            [piece for piece in pieces if _is_word(piece)]
        )
        remedy = "link.write" if every else "link.only"
        return describe(cell, "bad-link", "link.unknown", remedy, options="; ".join(addresses))
    if _MAILBOX.search(cell.text):
        return describe(cell, "bad-link", "link.unknown", "link.mailbox")
    signs = "".join(dict.fromkeys(_NO_SIGNS.findall(cell.text)))
    if signs and _SCHEME.match(cell.text):
        return describe(cell, "bad-link", "link.unknown", "link.sign", signs=signs)
    if len(pieces) == 1 and _SCHEME.match(cell.text):
        return describe(cell, "bad-link", "link.unknown", "link.copy")
    is_file = len(pieces) == 1 and pieces[0].rpartition(".")[2].lower() in _DOCUMENTS
    return describe(cell, "bad-link", "link.unknown", "link.file" if is_file else "link.prose")


def _licence_address(match: re.Match[str]) -> str:
    """Return the address of a licence of Creative Commons, of its present version by default."""
    kind = re.sub(r"[\s-]+", "-", match["kind"].lower())
    if kind in {"0", "zero"}:
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    version = match["version"] or "4.0"
    version = version if "." in version else f"{version}.0"
    return f"https://creativecommons.org/licenses/{kind}/{version}/"


def _is_word(piece: str) -> bool:
    """Return whether a piece is more than a mark or a word between addresses."""
    return piece.casefold().strip("():,.") not in {
        "",
        "and",
        "et",
        "y",
        "e",
        "und",
        "&",
        "doi",
        "/",
        "및",
    }


def _with_blanks(pieces: list[str]) -> str:
    """Return the address of a document whose name has blanks, which an address writes as `%20`."""
    first, *rest = pieces or [""]
    ends = rest[-1].rpartition(".") if rest else ("", "", "")
    is_name = bool(ends[1]) and ends[2].lower() in _DOCUMENTS and _LINK.fullmatch(_normal(first))
    whole = not first.lower().endswith(tuple(f".{end}" for end in _DOCUMENTS))
    if is_name and whole and not any(map(_SCHEME.match, rest)):
        return "%20".join([_normal(first), *rest])
    return ""


def _addresses(text: str, pieces: list[str]) -> Iterator[str]:
    """Yield the addresses in a text, completed: DOIs, and domains without `https://`."""
    for piece in pieces:
        bare = _MARKDOWN.sub(r"\1", piece).strip("()[]").rstrip(".,:")
        doi = _DOI.fullmatch(bare)
        if doi:
            yield f"https://doi.org/{doi[1]}"
            continue
        repaired = _normal(
            _BROKEN_SCHEME.sub("https://", bare) if not _LINK.fullmatch(_normal(bare)) else bare
        )
        if _is_link(repaired):
            yield repaired
        elif "@" not in bare and _is_domain(bare):
            yield f"https://{bare}"
    if not any(_DOI.fullmatch(piece.strip("()[].,:")) for piece in pieces):
        yield from (f"https://doi.org/{doi.rstrip('.,)')}" for doi in _doi_in_prose(text))


def _doi_in_prose(text: str) -> Iterator[str]:
    yield from (match[1] for match in _DOI.finditer(text) if "http" not in text.lower())


def _is_domain(text: str) -> bool:
    match = _DOMAIN.fullmatch(text)
    if match is None or re.fullmatch(r"(e\.g|i\.e|p\.ex|z\.b|u\.a|d\.h)\W?", text.lower()):
        return False
    return text.startswith("www.") or match["end"].lower() not in _DOCUMENTS


def mailbox(cell: Cell) -> Iterator[str | Problem]:
    """Parse an email address."""
    text = re.sub(r"^mailto:", "", ascii_digits(cell.text), flags=re.IGNORECASE)
    if _MAILBOX.fullmatch(text):
        yield text
        return
    inside = list(dict.fromkeys(_MAILBOX.findall(_repaired_mailbox(text))))
    message = "mailbox.several" if len(inside) > 1 else "mailbox.unknown"
    if inside:
        options = alternatives(inside, cell.locale)
        remedy = "ambiguous" if len(inside) > 1 else "mailbox.only"
        yield describe(cell, "bad-mailbox", message, remedy, options=options)
    elif _SCHEME.match(text) or text.startswith("www."):
        yield describe(cell, "bad-mailbox", message, "mailbox.page")
    else:
        yield describe(cell, "bad-mailbox", message, "mailbox.write")


def _repaired_mailbox(text: str) -> str:
    """Return a text with `@` and points in place of `(at)` and `(dot)`."""
    at = re.sub(r"\s*[\[({]\s*(?:at|arroba|골뱅이)\s*[\])}]\s*|\s+at\s+(?=\S+\.)", "@", text)
    return re.sub(r"\s*[\[({]\s*(?:dot|punto|point)\s*[\])}]\s*", ".", at)
