"""Reader of a portal's `data.json`: DCAT-US 1.1, the schema of Project Open Data.

The source is the catalogue that portals publish at `/data.json` (resources.data.gov, "DCAT-US
Schema v1.1"): a list `dataset` with title, publisher, licence, keywords, themes and distributions.
Contact points are of persons and are not read; data sets that are not public are left out and
counted.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.catalogue_areas import CatalogueAreas
from urbansdg.loaders.parse.json_documents import clean_text, member, members, read_json, texts
from urbansdg.loaders.tables.dataset_catalogues import (
    UNDETERMINED,
    Catalogue,
    CatalogueDistribution,
    CatalogueEntry,
    catalogue_facts,
)
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_LOOK: Final = 1 << 16
_CONFORMS: Final = re.compile(rb'"conformsTo"\s*:\s*"https?://[^"]*project-open-data[^"]*schema')
_SHAPE: Final = re.compile(rb'"dataset"\s*:\s*\[')
_POD: Final = re.compile(rb'"(?:accessLevel|bureauCode|accessURL|downloadURL|dcat:Dataset)"')
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class DataJson:
    """The reader of a catalogue in `data.json`."""

    name: str = "data-json"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether a JSON file begins as such a catalogue."""
        if path.suffix.lower() != ".json" or not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(_LOOK)
        return bool(_CONFORMS.search(start) or (_SHAPE.search(start) and _POD.search(start)))

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the data sets; raises `SourceUnreadable`."""
        document = read_json(path)
        if not isinstance(member(document, "dataset"), list):
            raise SourceUnreadable(
                f"{path.name} has no list of data sets.",
                "Download data.json again from the portal.",
                place=Place(path.name),
            )
        key = graph or slug(path.stem)
        title = clean_text(member(document, "title")) or path.stem
        catalogue = Catalogue(key, ((title, UNDETERMINED),), _text(document, "homepage"))
        source = Source(path.name, checksum([path]), self.name, self.version)
        entries = _Portal(path.name, CatalogueAreas(context)).entries(document)
        results = catalogue_facts(catalogue, Place(path.name), entries, context.iris)
        return write_draft(key, results, source, context, None, rows_are_independent=True)


@dataclass(slots=True)
class _Portal:
    file: str
    areas: CatalogueAreas
    left_out: Counter[str] = field(default_factory=Counter)

    def entries(self, document: object) -> Iterator[CatalogueEntry | Problem]:
        for number, dataset in enumerate(members(document, "dataset")):
            level = _text(dataset, "accessLevel") or _PUBLIC
            if level != _PUBLIC:
                self.left_out[f"data sets that are {level}"] += 1
                continue
            yield self._entry(dataset, Place(self.file, path=f"/dataset/{number}"))
        yield from self.areas.unknown(self.file)
        for what, count in self.left_out.items():
            yield Problem(
                "left-out",
                f"Left out: {what} ({count:,}).",
                "No action is needed, unless they should be in the graph.",
                Place(self.file),
                Severity.INFO,
            )

    def _entry(self, dataset: object, place: Place) -> CatalogueEntry:
        languages = texts(dataset, "language")
        tag = languages[0] if len(languages) == 1 else ""
        language = tag.lower() if _TAG.fullmatch(tag) else UNDETERMINED
        title = _text(dataset, "title")
        identifier = _text(dataset, "identifier")
        themes = texts(dataset, "theme")
        words = [theme for theme in themes if not theme.startswith("http")]
        return CatalogueEntry(
            place,
            identifier or title,
            ((title, language),),
            ((_plain(member(dataset, "description")), language),),
            identifier if identifier.startswith("http") else "",
            (_text(dataset, "publisher", "name"), language),
            _text(dataset, "publisher", "homepage"),
            _text(dataset, "license"),
            tuple((word, language) for word in (*texts(dataset, "keyword"), *words)),
            tuple(theme for theme in themes if theme.startswith("http")),
            tuple(themes),
            _text(dataset, "issued"),
            _text(dataset, "modified"),
            _text(dataset, "landingPage"),
            self.areas.find([_text(dataset, "spatial")], place),
            tuple(_distribution(one, language) for one in members(dataset, "distribution")),
        )


def _distribution(distribution: object, language: str) -> CatalogueDistribution:
    return CatalogueDistribution(
        _text(distribution, "accessURL"),
        _text(distribution, "downloadURL"),
        ((_text(distribution, "title"), language),),
        _text(distribution, "format"),
        _text(distribution, "mediaType"),
        _text(distribution, "license"),
    )


def _text(value: object, *path: str) -> str:
    return " ".join(clean_text(member(value, *path)).split())


def _plain(value: object) -> str:
    """Return a description without HTML tags."""
    return re.sub(r"[ \t]+", " ", re.sub(r"<[^<>]{1,300}>", " ", clean_text(value))).strip()


READER = DataJson()
