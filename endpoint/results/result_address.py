"""The addresses of a result: of its views, its formats, and the version that it is from."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, urlencode

from urbansdg.endpoint.html.site_links import SiteLinks

_LONGEST: Final = 6_000
"""The most characters of an address: common limits on the head of a request are 8 KB."""

_CHOICES: Final = frozenset(("view", "format", "output", "version", "lang"))


@dataclass(frozen=True, slots=True)
class ResultAddress:
    """The address of a result: its path, what is asked for, and the pinned version if any."""

    site: SiteLinks
    path: str
    parameters: tuple[tuple[str, str], ...]
    version: int | None = None

    @classmethod
    def of(
        cls,
        site: SiteLinks,
        path: str,
        parameters: tuple[tuple[str, str], ...],
        version: int | None,
    ) -> Self:
        """Return the address of a result; `parameters` that choose how it is shown are left out."""
        plain = tuple(pair for pair in parameters if pair[0] not in _CHOICES)
        return cls(site, path, plain, version)

    @property
    def is_short(self) -> bool:
        """Whether links can have the address; else a form has to send its parameters."""
        return len(self.format("json", 0)) < _LONGEST

    def view(self, name: str) -> str:
        """Return the address of a view, in the language that the reader chose."""
        view = () if name == "table" else (("view", name),)
        language = self.site.reader.query_language
        chosen = (*view, *((("lang", language),) if language else ()))
        return self._with(self.version, chosen)

    def format(self, name: str, version: int | None) -> str:
        """Return the address of a result of a version in a format."""
        return self._with(version, (("format", name),))

    def pinned(self, version: int) -> str:
        """Return the permanent address: the whole one, of a version."""
        address = self._with(version, ()).removeprefix(self.site.root)
        return f"{self.site.base}{address}"

    def _with(self, version: int | None, chosen: tuple[tuple[str, str], ...]) -> str:
        pinned = () if version is None else (("version", str(version)),)
        query = urlencode((*self.parameters, *pinned, *chosen), quote_via=quote)
        path = f"{self.site.root}{self.path}"
        return f"{path}?{query}" if query else path
