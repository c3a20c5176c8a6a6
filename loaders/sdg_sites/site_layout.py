"""The layout of a site: where its tables, metadata and translations are.

A site is a repository of data (`data/*.csv`, `meta/`, `indicator-config/`, `translations/`), what
sdg-build publishes of it (`data`, `comb`, `headline`, `meta`, `zip`, in one folder or in one for
each language), or a ZIP archive of either. Sources: Open SDG documentation, "Data format" and
"Data configuration"; sdg-build, `OutputOpenSdg` and `IndicatorExportService`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile, is_zipfile

from urbansdg.loaders.sdg_sites.site_archives import unpack
from urbansdg.loaders.sdg_sites.site_config import (
    SiteConfig,
    config_files,
    path_matches,
    read_config,
)
from urbansdg.loaders.sdg_sites.site_documents import files_below, is_inside

_TABLE: Final = re.compile(
    r"(?:indicator_)?(\d{1,2}-[0-9a-z]+(?:-[0-9a-z]+)*)\.(csv|json)", re.IGNORECASE
)
_PREFIX: Final = re.compile("indicator_", re.IGNORECASE)
_UNTRANSLATED: Final = "untranslated"
_EXPORT: Final = "zip/all_indicators.zip"
_DOCUMENTATION: Final = {".md", ".txt", ".html"}
_LOOK: Final = 400
"""Files of a folder that decide whether it is a site."""


@dataclass(frozen=True, slots=True)
class SiteTable:
    """A table of values: its file, its path in the site, and the identifier of its indicator.

    `partial` says that the site's complete table is missing and only totals are published.
    """

    path: Path
    name: str
    indicator: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class SiteLayout:
    """The parts of a site.

    `name` is its folder or archive; `unused` are the files that it does not publish, each with the
    reason. `bases` are the folders with `meta` and `translations`: the site's own first, then those
    of its other languages.
    """

    name: str
    config: SiteConfig
    bases: tuple[Path, ...]
    tables: tuple[SiteTable, ...]
    unused: tuple[tuple[SiteTable, str], ...]

    @property
    def base(self) -> Path:
        """The folder of the site's own tables and metadata."""
        return self.bases[0]

    def other_files(self) -> Iterator[Path]:
        """Yield the files of the configuration and the translations."""
        for base in self.bases:
            for name in self.config.translations:
                yield from files_below(base, name)
        yield from (file for base in self.bases for file in config_files(base))


def is_site(path: Path) -> bool:
    """Return whether a folder or ZIP archive has the tables of a site, by a short look."""
    if path.is_dir():
        return any(_tables_in(base) for base in (path, *_folders(path)))
    if path.suffix.lower() != ".zip" or not is_zipfile(path):
        return False
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except (BadZipFile, OSError, ValueError):
        return False
    return any(_is_table_of_site(name) for name in names)


def site_layout(path: Path, scratch: Path) -> SiteLayout:
    """Return the layout of a site; an archive is unpacked below `scratch`.

    Raises `SourceUnreadable` if an archive is damaged or exceeds its limits.
    """
    root = path
    if path.is_file():
        root = unpack(path, scratch / "site", _is_of_site)
        export = not any(entry.is_dir() for entry in root.iterdir())
        if export:  # `all_indicators.zip` itself: tables without a folder
            data = root / "data"
            data.mkdir()
            for file in [*root.glob("*.csv")]:
                file.rename(data / file.name)
        while not _tables_in(root) and len(inner := _folders(root)) == 1 and not _published(root):
            root = inner[0]
    config = read_config(root)
    base = root / config.folder
    others: list[Path] = []
    if not (base / "data").is_dir() and (published := _published(root)):
        ordered = sorted(published, key=lambda folder: _order(folder.name, config))
        base, others = ordered[0], ordered[1:]
    elif not (base / "data").is_dir() and (base / _EXPORT).is_file():
        unpacked = unpack(base / _EXPORT, scratch / "export" / "data", _is_of_site)
        return _layout(path, config, base, [], unpacked.parent)
    return _layout(path, config, base, others, base)


def _layout(
    path: Path, config: SiteConfig, base: Path, others: list[Path], tables: Path
) -> SiteLayout:
    listed = {table.indicator: table for table in _partial_tables(base)}
    unused: list[tuple[SiteTable, str]] = []
    for file in _data_files(tables, config):
        name = file.relative_to(tables).as_posix()
        table = SiteTable(file, _short(name), indicator_of(file.stem))
        why = _why_unpublished(name, config)
        first = listed.get(table.indicator)
        if not why and first and not first.partial and first.path.suffix != ".json":
            why = f"has the indicator of {first.name}, which was read"
        if not why:
            listed[table.indicator] = table
        elif file.suffix.lower() not in _DOCUMENTATION:
            unused.append((table, why))
    name = path.resolve().name if path.is_dir() else path.stem
    return SiteLayout(
        name,
        config,
        (base, *others),
        tuple(sorted(listed.values(), key=lambda table: table.name)),
        tuple(unused),
    )


def indicator_of(stem: str) -> str:
    """Return the identifier of an indicator in the name of a file without its ending."""
    return _PREFIX.sub("", stem).strip().removesuffix(".csv").lower()


def _short(name: str) -> str:
    """Return the path of a file in problems: tables of a site are in its folder `data`."""
    return name.removeprefix("data/")


def _why_unpublished(name: str, config: SiteConfig) -> str:
    """Return why the site does not publish a file, "" for the table of an indicator."""
    file = name.rpartition("/")[2]
    published = _TABLE.fullmatch(file) and name.startswith("data/") and name.count("/") == 1
    if any(path_matches(name, pattern) for pattern in config.data) or published:
        return ""
    if name.count("/") > 1:
        return "is in a subfolder that the site does not publish"
    if not name.lower().endswith((".csv", ".json")):
        return "is not a table in CSV or JSON"
    return "does not have the name of an indicator, such as indicator_1-2-1.csv"


def _data_files(base: Path, config: SiteConfig) -> list[Path]:
    """Return the files of the site's data, those in JSON first so that CSV replaces them."""
    root = base.resolve()
    files = {
        file
        for pattern in ("data/**/*", *config.data)
        for file in base.glob(pattern)
        if is_inside(file, root)
    }
    return sorted(files, key=lambda file: (file.suffix.lower() != ".json", str(file)))


def _partial_tables(base: Path) -> Iterator[SiteTable]:
    """Yield the tables of `headline`, which has totals only, and then those of `comb`."""
    for folder, partial in (("headline", True), ("comb", False)):
        for file in sorted((base / folder).glob("*.*")):
            match = _TABLE.fullmatch(file.name)
            if match and (match[2] == "json" or partial):
                yield SiteTable(file, f"{folder}/{file.name}", match[1], partial)


def _folders(path: Path) -> list[Path]:
    entries = (entry for entry in path.iterdir() if not entry.name.startswith("."))
    return sorted(entry for entry in entries if entry.is_dir())


def _published(root: Path) -> list[Path]:
    """Return the folders of a published site that has one for each language."""
    return [folder for folder in _folders(root) if _tables_in(folder)]


def _order(name: str, config: SiteConfig) -> tuple[bool, int, str]:
    """Order the folders of languages: that of the site first, the untranslated one last."""
    languages = [*config.languages, "en"]
    rank = languages.index(name) if name in languages else len(languages)
    return name == _UNTRANSLATED, rank, name


def _tables_in(folder: Path) -> bool:
    """Return whether a folder has tables of a site in `data`, or publishes them in another form."""
    for name in ("data", "comb", "headline"):
        files = (folder / name).glob("*-*.*")
        for _, file in zip(range(_LOOK), files, strict=False):
            if _TABLE.fullmatch(file.name):
                return True
    return (folder / _EXPORT).is_file()


def _is_table_of_site(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    in_data = folder.rpartition("/")[2] in {"data", "comb", "headline"}
    exported = not folder and file.lower().endswith(".csv")
    return bool(_TABLE.fullmatch(file)) and (in_data or exported)


_PARTS: Final = re.compile(
    r"(?:^|/)(?:data|meta|global-meta|indicator-config|translations|comb|headline|zip)/"
)


def _is_of_site(name: str) -> bool:
    """Return whether a part of an archive belongs to a site: pictures and pages do not."""
    suffix = name.lower().rpartition(".")[2]
    known = suffix in {"csv", "json", "yml", "yaml", "md", "zip"}
    return known and (bool(_PARTS.search(name)) or suffix in {"yml", "yaml", "csv"})
