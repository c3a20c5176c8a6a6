"""The origin of a file that is stored only temporarily."""

from dataclasses import dataclass, replace

from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class Origin:
    """The name of a source in provenance, its IRI if it has one, and the reader that fetched it."""

    name: str
    location: str | None = None
    reader: str | None = None
    reader_version: str | None = None

    def of(self, source: Source) -> Source:
        """Return the source with this origin."""
        return replace(
            source,
            name=self.name,
            location=self.location,
            reader=self.reader or source.reader,
            reader_version=self.reader_version or source.reader_version,
        )


def is_url(text: str) -> bool:
    """Return whether a source is an HTTP or HTTPS URL."""
    return text.lower().startswith(("http://", "https://"))
