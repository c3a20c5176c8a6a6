"""Prose as people have put it into web forms, made readable again."""

import re
from html.parser import HTMLParser
from typing import Final

import ftfy

_BLOCKS: Final = frozenset({"p", "br", "li", "div", "ul", "ol", "tr", "h1", "h2", "h3", "h4"})
_UNSEEN: Final = frozenset({"script", "style"})
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")


class _Words(HTMLParser):
    """Gathers the words of a fragment of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN and self.unseen > 0

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.words.append(data)


def readable(text: str) -> str:
    r"""Return a text without tags, entities, mojibake, a spelt-out `\n` or surplus blanks.

    Mojibake is mended by ftfy, which changes only what cannot be meant as it stands.
    """
    plain = _bare(text.replace("\\n", "\n").replace("\x00", ""))
    fixed = ftfy.fix_text(plain, uncurl_quotes=False, normalization="NFC", unescape_html=True)
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in fixed.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _bare(text: str) -> str:
    """Return the words of HTML; a text without tags is none, and a `<` in it is a `<`."""
    if not _TAG.search(text):
        return text
    words = _Words()
    words.feed(text)
    words.close()
    return "".join(words.words)
