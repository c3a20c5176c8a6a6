"""Reader of the global indicator framework: a table, and its official wording in many languages.

A folder has one or both of two sources: a table with semicolons (`SDG_Target_Indicator_*.csv`), and
the translations of Open SDG (`<language>/global_*.yml`). The wording becomes `skos:definition`;
labels come from the bundled data and the UN's vocabulary. Codes or targets that differ from the
bundled framework are reported and not changed; a retired indicator is deprecated by
`sdg_retired.csv`.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import yaml

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.parse.facts import Fact, ReadResult, Record
from urbansdg.loaders.tables.csv_table import bundled_records
from urbansdg.loaders.tables.data_cube_series import un_codes
from urbansdg.loaders.tables.field_mapping import term
from urbansdg.loaders.tables.sdg_framework_tables import INDICATORS, TARGETS
from urbansdg.ontology.iris import sdg
from urbansdg.store import Source

_TABLE: Final = "SDG_Target_Indicator_*.csv"
_KEY: Final = re.compile(r"([0-9]+(?:-[0-9a-z]+){0,2})-(title|short)")
_C1: Final = re.compile("[\x80-\x9f]")
"""Control characters that some translations have for the quotation marks of Windows."""
_LANGUAGES: Final = {"zh-Hans": "zh"}
_SIZE: Final = 8 << 20
_UN: Final = "https://unstats.un.org/"


@dataclass(frozen=True, slots=True)
class SdgFramework:
    """The reader of the wording of the framework."""

    name: str = "sdg-framework"
    version: str = "2"

    def reads(self, path: Path) -> bool:
        """Return whether the path is a folder with the table or with translations."""
        return path.is_dir() and (any(path.glob(_TABLE)) or any(path.glob("*/global_goals.yml")))

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the wording, and report differences in codes; raises `SourceUnreadable`."""
        tables, translations = sorted(path.glob(_TABLE)), sorted(path.glob("*/global_*.yml"))
        sources = [*tables, *translations]
        source = Source(path.name, checksum(sources), self.name, self.version, rights_holder=_UN)
        results = _findings(tables, translations, _Framework.bundled())
        return write_draft(graph or path.resolve().name, results, source, context, None)


@dataclass(frozen=True, slots=True)
class _Framework:
    """The bundled framework: indicator codes by number, targets by indicator, target codes."""

    codes: Mapping[str, str]
    targets_of: Mapping[str, frozenset[str]]
    targets: frozenset[str]

    @classmethod
    def bundled(cls) -> "_Framework":
        indicators = bundled_records("sdg_indicators.csv", INDICATORS)
        return cls(
            un_codes(),
            {row.text("code"): frozenset(_split(row, "targets")) for row in indicators},
            frozenset(row.text("code") for row in bundled_records("sdg_targets.csv", TARGETS)),
        )

    def iri(self, number: str) -> str | None:
        """Return the IRI of a goal, target or indicator by its number, or None if it is unknown."""
        if number in self.codes:
            return sdg(self.codes[number])
        return (
            sdg(number) if number in self.targets or re.fullmatch("1[0-7]|[1-9]", number) else None
        )


def _split(row: Record, column: str) -> list[str]:
    return [text.strip() for text in row.text(column).split("|")]


def _findings(
    tables: list[Path], translations: list[Path], bundled: _Framework
) -> Iterator[ReadResult]:
    for table in tables:
        yield from _table(table, bundled)
    for file in translations:
        yield from _translation(file, bundled)


def _table(table: Path, bundled: _Framework) -> Iterator[ReadResult]:
    known, seen = set[str](), set[str]()
    with table.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";"), start=2):
            cells = {name: (text or "").strip() for name, text in row.items() if name}
            place = Place(table.name, row=number)
            target, code = cells.get("TargetsNumber", ""), cells.get("UNSDIndicatorCodes", "")
            drift = _drift(cells, place, bundled)
            seen.add(code)
            if drift is not None:
                yield drift
                continue
            for iri, text in ((sdg(target), cells["Targets"]), (sdg(code), cells["Indicators"])):
                if iri not in known:
                    known.add(iri)
                    yield _definition(iri, text, "en", place)
    for code in sorted(bundled.targets_of.keys() - seen):
        yield _problem(
            "lacking-code", f"The table lacks the bundled indicator {code}", Place(table.name)
        )


def _drift(cells: Mapping[str, str], place: Place, bundled: _Framework) -> Problem | None:
    number, code = cells.get("IndicatorsNumber", ""), cells.get("UNSDIndicatorCodes", "")
    target = cells.get("TargetsNumber", "")
    if code not in bundled.targets_of:
        return _problem(
            "unknown-code", f"{code!r} is not an indicator of the bundled framework", place
        )
    if bundled.codes.get(number) != code:
        return _problem(
            "other-number", f"{number} is not the number of {code} in the bundled framework", place
        )
    if target not in bundled.targets_of[code]:
        return _problem(
            "other-target",
            f"{code} does not belong to target {target} in the bundled framework",
            place,
        )
    return None


def _translation(file: Path, bundled: _Framework) -> Iterator[ReadResult]:
    language = _LANGUAGES.get(file.parent.name, file.parent.name)
    for key, text in _yaml(file).items():
        match = _KEY.fullmatch(str(key))
        place = Place(f"{file.parent.name}/{file.name}", path=str(key))
        iri = bundled.iri(match[1].replace("-", ".")) if match else None
        if iri is None or match is None:
            yield _problem("retired-code", f"{key} is no longer in the framework", place)
        elif isinstance(text, str) and match[2] == "title":
            yield _definition(iri, text, language, place)


def _yaml(file: Path) -> Mapping[object, object]:
    place = Place(f"{file.parent.name}/{file.name}")
    try:
        if file.stat().st_size > _SIZE:
            raise ValueError("it is too large")  # noqa: TRY301  # told below as all others
        document = yaml.safe_load(file.read_text("utf-8-sig"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = f"{place.file} cannot be read: {error}."
        raise SourceUnreadable(message, "Download it again.", place=place) from error
    return document if isinstance(document, dict) else {}


def _of_windows(control: re.Match[str]) -> str:
    """Return the character of Windows-1252 for a control character, as browsers do."""
    return control[0].encode("latin-1").decode("cp1252", "replace")


def _definition(iri: str, text: str, language: str, place: Place) -> Fact:
    bare = re.sub(r"<[^<>]{1,80}>", "", " ".join(_C1.sub(_of_windows, text).split()))
    return Fact(iri, term("skos:definition"), ox.Literal(bare, language=language), place)


def _problem(code: str, message: str, place: Place) -> Problem:
    return Problem(
        code,
        f"{message}; it was ignored.",
        "See the UN's list of changes to the framework.",
        place,
        Severity.WARNING,
    )


READER = SdgFramework()
