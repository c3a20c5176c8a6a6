"""The metadata of a site's indicators, from every file that describes one.

Later files count before earlier ones, as in sdg-build; an empty field leaves the text of an earlier
file. A folder of a language beside the files (`meta/fr/1-2-1.md`) has their translations.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.loaders.sdg_sites.site_config import SiteConfig, path_matches
from urbansdg.loaders.sdg_sites.site_documents import (
    SiteDocument,
    is_inside,
    plain_text,
    read_document,
)
from urbansdg.loaders.sdg_sites.site_layout import SiteLayout, indicator_of

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TAG: Final = re.compile(r"<[^<>]{1,400}>")
_MARKDOWN_LINK: Final = re.compile(r"\[([^\]]{1,300})\]\([^)\s]{1,600}\)")
_NO_WORDS: Final = {
    *("untitled", "n/a", "na", "tbd", "tbc", "todo", "under review", "not available", "xxx"),
    *(
        "title",
        "name",
        "link to source",
        "not applicable",
        "to be determined",
        "to be confirmed",
        "lorem ipsum",
    ),
}
"""Texts that the templates of sites and their officers write where a text is missing."""

_COVERAGE: Final = ("national_geographical_coverage", "geographical_coverage", "REF_AREA")
_LABELS: Final = {
    "unit of measurement": "computation_units",
    "unit of measure": "computation_units",
    "geographical coverage": "national_geographical_coverage",
    "non-statistical indicator": "data_non_statistical",
}
"""The keys of labels in the template of metadata as a table; others follow from the label."""

_SOURCE_KEYS: Final = {"organisation": "source_organisation", "link to data source": "source_url"}
_SOURCE_LABEL: Final = re.compile(rf"source (\d+) ({'|'.join(_SOURCE_KEYS)})")
_ALL: Final = "all.json"


@dataclass(frozen=True, slots=True)
class IndicatorMetadata:
    """The fields of one indicator, and those of its translations by language."""

    fields: SiteDocument = field(default_factory=dict)
    translated: Mapping[str, SiteDocument] = field(default_factory=dict)

    def text(self, *names: str, language: str = "") -> str:
        """Return the first of the fields that has words, without markup."""
        fields = self.translated.get(language, {}) if language else self.fields
        return next(filter(None, (words(fields.get(name)) for name in names)), "")

    @property
    def coverage(self) -> str:
        """The area that the values of the indicator cover, as the site writes it."""
        return self.text(*_COVERAGE)


def words(value: object) -> str:
    """Return a text without HTML, links of Markdown and padding; "" if it says nothing."""
    text = plain_text(value)
    if not text:
        return ""
    text = html.unescape(_TAG.sub(" ", _MARKDOWN_LINK.sub(r"\1", text)))
    text = " ".join(text.split()).strip("*_ ")
    bare = text.lower().rstrip(".…")
    return "" if bare in _NO_WORDS or not any(map(str.isalnum, text)) else text


@dataclass(slots=True)
class SiteMetadata:
    """The metadata of a site. `unread` are the files that could not be read."""

    layout: SiteLayout
    unread: list[str] = field(default_factory=list)
    _files: dict[str, list[tuple[str, Path]]] = field(default_factory=dict)
    _all: dict[str, SiteDocument] = field(default_factory=dict)
    _known: dict[str, IndicatorMetadata] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """List the files of each indicator, in the order of increasing weight."""
        base, config = self.layout.base, self.layout.config
        for pattern in config.metadata:
            for file in sorted(base.glob(pattern)):
                name = file.relative_to(base).as_posix()
                if path_matches(name, pattern) and is_inside(file, base.resolve()):
                    self._files.setdefault(_indicator(file), []).append(("", file))
                    self._add_translations(file, config)
        for other in self.layout.bases[1:]:
            for file in sorted((other / "meta").glob("*-*.json")):
                self._files.setdefault(_indicator(file), []).append((other.name, file))
        together = read_document(base / "meta" / _ALL) or {}
        self._all = {key: value for key, value in together.items() if isinstance(value, dict)}

    def files(self) -> Iterator[Path]:
        """Yield the files of metadata, of which the triples of a site depend."""
        for files in self._files.values():
            yield from (file for _, file in files)

    def of(self, indicator: str) -> IndicatorMetadata:
        """Return the metadata of an indicator by its identifier in the names of files."""
        if indicator not in self._known:
            self._known[indicator] = self._read(indicator)
        return self._known[indicator]

    def _read(self, indicator: str) -> IndicatorMetadata:
        fields: dict[str, object] = {**self._all.get(indicator, {})}
        translated: dict[str, dict[str, object]] = {}
        labels = dict(self.layout.config.fields)
        for language, file in self._files.get(indicator, ()):
            document = read_document(file)
            if document is None:
                self.unread.append(file.relative_to(self.layout.base.parent).as_posix())
                continue
            into = translated.setdefault(language, {}) if language else fields
            into |= {
                labels.get(name) or _key(name): value
                for name, value in document.items()
                if not _empty(value)
            }
        for language, value in fields.items():
            if isinstance(value, dict) and _LANGUAGE.fullmatch(language):
                translated.setdefault(language, {}).update(value)
        return IndicatorMetadata(fields, translated)

    def _add_translations(self, file: Path, config: SiteConfig) -> None:
        for language in config.languages:
            translation = file.parent / language / file.name
            if translation.is_file():
                self._files[_indicator(file)].append((language, translation))


def _key(label: str) -> str:
    """Return the key of a label that people write, such as `Source 1 link to data source`."""
    if " " not in label:
        return label
    bare = " ".join(label.lower().split())
    source = _SOURCE_LABEL.fullmatch(bare)
    if source:
        return f"{_SOURCE_KEYS[source[2]]}_{source[1]}"
    return _LABELS.get(bare, bare.replace(" ", "_").replace("-", "_"))


def _indicator(file: Path) -> str:
    return indicator_of(file.stem).replace(".", "-")


def _empty(value: object) -> bool:
    return value in ([], {}) or (isinstance(value, str) and not plain_text(value))
