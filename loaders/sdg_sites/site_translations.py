"""Translations of a site: the texts of its keys, such as `indicators.8-5-2-title`.

Metadata and cells may hold a key instead of a text. The texts are in `translations/<language>/`,
one file for each group (`indicators.yml`), or in a published `translations.json`. Keys of remote
packages (`global_indicators.8-5-2-title`) have no text in the site: they are never shown as names.
Source: Open SDG documentation, "Translation"; sdg-build, `TranslationInputYaml`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.loaders.sdg_sites.site_config import SiteConfig
from urbansdg.loaders.sdg_sites.site_documents import (
    SiteDocument,
    files_below,
    plain_text,
    read_document,
)

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z_]{2,}\.[\w.-]+")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class SiteTranslations:
    """The texts of a site by language and by key with its group: `indicators.8-5-2-title`."""

    language: str
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the site, its own first."""
        return tuple(dict.fromkeys((self.language, *self.texts)))

    def text(self, text: str, language: str = "", groups: Iterable[str] = ()) -> str:
        """Return the text of a key in a language, by default that of the site.

        A text that is no key is returned as it is; a key without a text gives "". `groups` are
        those of a key that is written without one: the title of a column, for example.
        """
        known = self.texts.get(language or self.language, {})
        for key in (text, *(f"{group}.{text}" for group in groups)):
            if key in known:
                return known[key]
        return "" if is_key(text) else text


def is_key(text: str) -> bool:
    """Return whether a text has the form of a translation key: `global_indicators.1-2-1-title`."""
    return _KEY.fullmatch(text) is not None


def read_translations(bases: Iterable[Path], config: SiteConfig) -> SiteTranslations:
    """Return the translations in the folders of a site; those of its first folder count first."""
    texts: dict[str, dict[str, str]] = {}
    for base in bases:
        for name in config.translations:
            for language, key, text in _texts_in(base, name):
                texts.setdefault(language, {}).setdefault(key, text)
    language = config.language
    if not config.languages and len(texts) == 1:
        language = next(iter(texts))
    return SiteTranslations(language, texts)


def _texts_in(base: Path, folder: str) -> Iterator[tuple[str, str, str]]:
    """Yield language, key and text of each translation in a folder of a site."""
    for file in files_below(base, folder):
        parts = file.relative_to(base / folder).parts
        if len(parts) == 1:
            yield from _of_file(file, base.name)
        elif _LANGUAGE.fullmatch(parts[0]):
            for key, text in _leaves(read_document(file), file.stem):
                yield parts[0], key, text


def _of_file(file: Path, named: str) -> Iterator[tuple[str, str, str]]:
    """Yield the translations of a file that is not in the folder of a language."""
    if file.suffix == ".csv":
        yield from _table(file)
    elif file.suffix == ".json":
        yield from _published(read_document(file) or {}, named)
    elif _LANGUAGE.fullmatch(file.stem):
        for key, text in _leaves(read_document(file), ""):
            yield file.stem, key, text


def _published(document: SiteDocument, named: str) -> Iterator[tuple[str, str, str]]:
    """Yield the translations of `translations.json`: of each language, or of that of its folder."""
    by_language = document and all(map(_LANGUAGE.fullmatch, document))
    groups = document if by_language and named not in document else {named: document}
    for language, texts in groups.items():
        if _LANGUAGE.fullmatch(language):
            for key, text in _leaves(texts, ""):
                yield language, key, text


def _table(file: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the translations of a table: the key first, then a column for each language."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as rows:
        titles, *texts = [*csv.reader(rows)] or [[]]
    for row in texts:
        for language, text in zip(titles[1:], row[1:], strict=False):
            if _LANGUAGE.fullmatch(language) and text.strip():
                yield language, f"{file.stem}.{row[0].strip()}", " ".join(text.split())


def _leaves(document: object, key: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield each text of nested mappings with its key: the names on the way, with full stops."""
    if isinstance(document, dict) and depth < _DEEPEST:
        for name, value in document.items():
            yield from _leaves(value, f"{key}.{name}".strip("."), depth + 1)
    elif text := plain_text(document):
        yield key, text
