"""The configuration of a site's data: `config_data.yml` of Open SDG.

Source: Open SDG documentation, "Data configuration": `languages`, `src_dir`, `inputs` with their
`path_pattern`, `translations`, `indicator_options`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path, PurePosixPath
from typing import Final

from urbansdg.loaders.sdg_sites.site_documents import (
    SiteDocument,
    listed,
    plain_text,
    read_document,
)

CONFIGS: Final = ("config_data.yml", "data_config.yml", "open_sdg_config.yml", "config.yml")
_SITE_CONFIGS: Final = ("site_config.yml", "data/site_config.yml", "_config.yml")
_DATA: Final = ("data/*-*.csv",)
_META: Final = ("meta/*-*.md", "meta/*-*.yml", "meta/*-*.csv", "meta/*-*.json")
_OPTIONS: Final = ("indicator-config/*-*.yml",)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """What a site's configuration says of its data; the defaults are those of sdg-build.

    `metadata` are the path patterns in the order of increasing weight. `columns` map titles of the
    tables to those of the published site, `fields` labels of metadata to keys. `country` is the
    country of the site as its configuration names it, or "".
    """

    languages: tuple[str, ...] = ()
    folder: str = ""
    data: tuple[str, ...] = _DATA
    metadata: tuple[str, ...] = (*_META, *_OPTIONS)
    translations: tuple[str, ...] = ("translations",)
    unit_column: str = ""
    series_column: str = ""
    country: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def language(self) -> str:
        """The language of names that are not translated."""
        return self.languages[0] if self.languages else "en"


def config_files(root: Path) -> Iterator[Path]:
    """Yield the files of configuration that a site has."""
    files = (root / name for name in (*CONFIGS, *_SITE_CONFIGS))
    yield from (file for file in files if file.is_file())


def read_config(root: Path) -> SiteConfig:
    """Return the configuration of a site in a folder, or the defaults."""
    documents = (read_document(root / name) for name in CONFIGS)
    config = next(filter(None, documents), {})
    inputs = listed(config.get("inputs"))
    folder = plain_text(config.get("src_dir")).strip("/")
    options = config.get("indicator_options")
    options = options if isinstance(options, dict) else {}
    languages = config.get("languages")
    own = [*_patterns(inputs, "Meta")]
    folders = [
        plain_text(entry.get("source")).strip("/") for entry in listed(config.get("translations"))
    ]
    local = [name for name in folders if name and "://" not in name and ".." not in name]
    return SiteConfig(
        languages=tuple(filter(_LANGUAGE.fullmatch, _texts(languages))),
        folder="" if ".." in folder else folder,
        data=tuple(_patterns(inputs, "Data")) or _DATA,
        metadata=(*(pattern for pattern in (*_META, *_OPTIONS) if pattern not in own), *own),
        translations=tuple(dict.fromkeys((*local, "translations"))),
        unit_column=plain_text(options.get("unit_column")),
        series_column=plain_text(options.get("series_column")),
        country=_country(root, config),
        columns=tuple(_pairs(root, inputs, "column_map")),
        fields=tuple(_pairs(root, inputs, "metadata_mapping")),
    )


def path_matches(path: str, pattern: str) -> bool:
    """Return whether a path with slashes matches a pattern, segment by segment, as `glob` does."""
    names, parts = PurePosixPath(path).parts, PurePosixPath(pattern).parts
    return len(names) == len(parts) and all(
        re.match(translate(part), name) for name, part in zip(names, parts, strict=True)
    )


def _texts(value: object) -> list[str]:
    return [plain_text(item) for item in value] if isinstance(value, list) else []


def _patterns(inputs: list[SiteDocument], kind: str) -> Iterator[str]:
    """Yield the path patterns of the inputs of data (`InputCsvData`), or of metadata."""
    for entry in inputs:
        pattern = plain_text(entry.get("path_pattern"))
        pattern = pattern.removeprefix("./")
        if pattern and kind in plain_text(entry.get("class")) and _stays_inside(pattern):
            yield pattern


def _stays_inside(pattern: str) -> bool:
    """Return whether a pattern is valid and cannot select files outside the site."""
    parts = pattern.split("/")
    climbs = pattern.startswith("/") or ".." in parts or "\x00" in pattern
    return not climbs and all("**" not in part or part == "**" for part in parts)


def _pairs(root: Path, inputs: list[SiteDocument], option: str) -> Iterator[tuple[str, str]]:
    """Yield the rows of a map that inputs name: of titles of columns, or of labels of metadata."""
    for entry in inputs:
        name = plain_text(entry.get(option))
        if name and ".." not in name:
            pairs = read_document(root / name) or {}
            yield from (
                (label, str(key))
                for label, key in pairs.items()
                if label and key not in {"", "Value"}
            )


def _country(root: Path, config: SiteDocument) -> str:
    """Return the country that the configuration names: `country: {name: Australia}`."""
    documents = (config, *(read_document(root / name) or {} for name in _SITE_CONFIGS))
    for document in documents:
        country = document.get("country") or document.get("country_code")
        name = country.get("name") if isinstance(country, dict) else country
        if text := plain_text(name):
            return text
    return ""
