"""A client of the pages, and what a person sees of one."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from tests.support.server import Server, http_client

_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "td", "th", "dd", "dt", "div", "section"})


@dataclass
class Seen(HTMLParser):
    """A page as it is seen: its text, its links, its elements with their attributes."""

    page: str
    words: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the page."""
        super().__init__()
        self._to: str | None = None
        self.feed(self.page)

    @property
    def text(self) -> str:
        """The text of the page, its white space made single blanks."""
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag == "a":
            self._to = attributes.get("href")
        if tag in _BLOCKS:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a link."""
        if tag == "a":
            self._to = None

    def handle_data(self, data: str) -> None:
        """Note a text, and where it leads."""
        self.words.append(data)
        if self._to is not None and data.strip():
            self.links.setdefault(data.strip(), self._to)

    def text_of(self, tag: str) -> str:
        """Return the text of the first element of a name, without markup."""
        inner = self.page.partition(f"<{tag}")[2].partition(">")[2].partition(f"</{tag}>")[0]
        return unescape(re.sub("<[^>]*>", "", inner))

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


See = Callable[..., Seen]


@pytest.fixture(scope="session")
def browser(serving: Server) -> Iterator[httpx.Client]:
    """Return a client that asks as a browser does, once the search index is there."""
    serving.index()
    headers = {"accept": _BROWSER, "accept-language": "en"}
    with http_client(serving.url, headers=headers) as client:
        yield client


@pytest.fixture(scope="session")
def see(browser: httpx.Client) -> See:
    """Return what shows a page of the server: an address, and the status that it is to have."""

    def seen(address: str, status: int = 200) -> Seen:
        answer = browser.get(address, follow_redirects=True)
        assert answer.status_code == status, address
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return Seen(answer.text)

    return seen
