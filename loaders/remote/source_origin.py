"""Where the bytes of a file came from that lies in a folder of ours only for a while."""

from dataclasses import dataclass, replace

from urbansdg.store import Source


@dataclass(frozen=True, slots=True)
class Origin:
    """The name that a source has in provenance, its IRI if it has one, and what got it here."""

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
    """Tell whether a source is named by a URL that can be fetched."""
    return text.lower().startswith(("http://", "https://"))
