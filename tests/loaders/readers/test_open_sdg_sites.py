"""Three published Open SDG sites, counted row by row with code of its own.

Each row of each table of `data/` is either an observation with its value, period, unit, name and
area, or left out for a reason; the graph has nothing else. Nothing of the reader is used to find
out what is right: only `csv`, `yaml` and the rules below.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml

from tests.loaders.sdg_sites.conftest import rows_left_out
from urbansdg.errors import Problem
from urbansdg.loaders.drafts.draft import Draft, ReadContext
from urbansdg.loaders.readers.statistics.open_sdg import READER
from urbansdg.ontology.iris import Iris

_BASE = "http://localhost:8000"
_SITES = {"open-sdg-usa": None, "open-sdg-schleswig": "2950159", "la-open-sdg": "5368361"}
_PLACEHOLDER = "Year,Group,Value 2015,A,1 2015,B,3 2015,,2 2016,A,1 2016,B,3 2016,,2"
_NAMES = (
    *("indicator_name", "graph_title", "title", "SDG_INDICATOR", "indicator_available"),
    *("actual_indicator_available", "national_indicator_available"),
)
_AREAS = {
    "": "own",
    "City of Los Angeles": "own",
    "United States": "country/USA",
    "United States of America": "country/USA",
    "State of California": "region/US-CA",
}
_FILES = {"placeholder", "demonstration", "not-started", "no-indicator", "no-series"}
_ROWS = {"no-value", "missing-value", "value-twice", "bad-year", "bad-number"}


@dataclass
class _Expected:
    """What is right for one row: why it is left out, or its value, period, unit, names, area."""

    reason: str = ""
    value: Decimal = Decimal(0)
    period: str = ""
    unit: str = ""
    names: set[str] = field(default_factory=set)
    area: str = "own"
    identity: tuple[str, ...] = ()


def _meta(site: Path, indicator: str) -> dict[str, str]:
    """Return the texts of all files about an indicator, the later ones first."""
    fields: dict[str, str] = {}
    for folder, ending in (("meta", "md"), ("meta", "yml"), ("indicator-config", "yml")):
        path = site / folder / f"{indicator}.{ending}"
        if path.is_file():
            text = path.read_text("utf-8-sig")
            text = text.split("\n---")[0].removeprefix("---") if ending == "md" else text
            for name, value in (yaml.safe_load(text) or {}).items():
                if value not in (None, "", [], {}):
                    fields[name] = " ".join(str(value).split())
    return fields


def _cell(row: dict[str, str | None], title: str) -> str:
    return (row.get(title) or "").strip()


def _expected(site: Path) -> Iterator[tuple[str, int, _Expected]]:
    """Yield what is right for each row of each table: its file, its number and the rest."""
    for path in sorted((site / "data").rglob("*.csv")):
        file = path.relative_to(site / "data").as_posix()
        text = path.read_text("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines()))
        match = re.fullmatch(r"indicator_(\d+-\w+(?:-\w+)*)\.csv", file)
        reason = ""
        meta = _meta(site, match[1]) if match else {}
        if " ".join(text.split()) == _PLACEHOLDER:
            reason = "placeholder"
        elif "Planet" in text.splitlines()[0]:
            reason = "demonstration"
        elif match is None:
            reason = "no-indicator"
        elif meta.get("reporting_status") == "notstarted" and {
            _cell(row, "Value") for row in rows
        } <= {"-1", "0", "1", "2", "3", ""}:
            reason = "not-started"
        wholes = [_row(row, meta) for row in rows]
        often = Counter(right.identity for right in wholes if not right.reason)
        for number, right in enumerate(wholes, start=2):
            if reason or (not right.reason and often[right.identity] > 1):
                right.reason = reason or "value-twice"
            yield file, number, right


def _row(row: dict[str, str | None], meta: dict[str, str]) -> _Expected:
    value, year = _cell(row, "Value"), _cell(row, "Year")
    if not value:
        return _Expected("no-value")
    if meta.get("UNIT_MEASURE") == f"{value} = Not available":
        return _Expected("missing-value")
    span = re.fullmatch(r"((?:19|20)\d\d)(?:[-\u2013]((?:19|20)\d\d))?", year)
    if span is None:
        return _Expected("bad-year")
    try:
        number = Decimal(value)
    except InvalidOperation:
        return _Expected("bad-number")
    unit, area = _cell(row, "Units"), ""
    coverage = meta.get("national_geographical_coverage", "")
    if unit in {"City of Los Angeles", "Los Angeles County"}:
        unit, area = "", _AREAS.get(unit, f"area {unit}")
    groups = [(title, text) for title, text in row.items() if title and text]
    if any(text in {"Bund", "Deutschland"} or text.endswith(" DE") for _, text in groups):
        area = "country/DEU"
    return _Expected(
        "",
        number,
        re.sub(r"[-\u2013]", "/", year),
        unit or meta.get("computation_units") or meta.get("UNIT_MEASURE", ""),
        {meta[name] for name in _NAMES if name in meta}
        | set(re.findall(r"'unit': '[^']+', 'title': '([^']+)'", meta.get("graph_titles", ""))),
        area or _AREAS.get(coverage, f"area {coverage}"),
        tuple(
            re.sub(r"\W+", " ", f"{title} {text}".lower()).strip()
            for title, text in sorted(groups)
            if title != "Value"
        ),
    )


def _observations(draft: Draft) -> dict[tuple[str, int], dict[str, list[str]]]:
    """Return the facts of each observation by file and row, by the last part of the property."""
    rows: dict[tuple[str, int], dict[str, list[str]]] = {}
    for places in draft.places.files:
        for line, place in places.lines():
            if line.startswith(f"<{_BASE}/id/observation/"):
                assert place is not None
                assert place.file is not None
                assert place.row is not None
                (triple,) = (quad.triple for quad in ox.parse(line, ox.RdfFormat.N_TRIPLES))
                name = re.split(r"[#/]", triple.predicate.value)[-1]
                value = getattr(triple.object, "value", "")
                rows.setdefault((place.file, place.row), {}).setdefault(name, []).append(value)
    return rows


def _labels(draft: Draft) -> dict[str, set[str]]:
    """Return the preferred labels of each subject."""
    labels: dict[str, set[str]] = {}
    for file in draft.files:
        for quad in ox.parse(path=str(file)):
            if quad.predicate.value.endswith("#prefLabel"):
                subject, label = getattr(quad.subject, "value", ""), quad.object
                labels.setdefault(subject, set()).add(getattr(label, "value", ""))
    return labels


def _area(own: str | None, iri: str, labels: dict[str, set[str]]) -> str:
    if own and iri == f"{_BASE}/id/city/{own}":
        return "own"
    if "/city-area/" in iri:
        return f"area {next(iter(labels[iri]))}"
    return iri.removeprefix(f"{_BASE}/id/")


def _read(site: Path, city: str | None, folder: Path) -> Draft:
    folder.mkdir()
    return READER.read(site, None, ReadContext(folder, Iris(_BASE), city=city))


@pytest.fixture(scope="module", params=_SITES)
def site(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str | None, Draft]:
    """Return a site, its city and its draft."""
    folder, city = shared / "data" / request.param, _SITES[request.param]
    return folder, city, _read(folder, city, tmp_path_factory.mktemp("site") / "context")


@pytest.mark.long
def test_every_row_is_an_observation_or_left_out_for_a_reason(
    site: tuple[Path, str | None, Draft],
) -> None:
    """Each row agrees with the independent reading of it, and there is no other observation."""
    folder, city, draft = site
    observations, labels = _observations(draft), _labels(draft)
    names = {name: values for name, values in labels.items() if "/id/indicator/" in name}
    for file, number, right in _expected(folder):
        facts = observations.pop((file, number), None)
        where = f"{file}, row {number}: {right} {facts}"
        assert (facts is None) == bool(right.reason), where
        if facts is None:
            continue
        assert [Decimal(text) for text in facts["obsValue"]] == [right.value], where
        assert facts["refPeriod"] == [right.period], where
        assert (facts["unitMeasure"][0] == right.unit) or not right.unit, where
        assert _names_it(names[facts["indicator"][0]], right.names), where
        own = "country/USA" if city is None else "own"
        area = own if right.area == "own" else right.area
        assert _area(city, facts["refArea"][0], labels) == area, where
    assert observations == {}


def _names_it(labels: set[str], names: set[str]) -> bool:
    """Return whether a label is a name of the metadata, or that with its series."""
    texts = {re.sub(r"<[^>]+>|\*", "", name).strip() for name in names}
    usable = {text for text in texts if not re.match(r"global_indicators\.|Untitled$", text)}
    return not usable or any(label.startswith(tuple(usable)) for label in labels)


@pytest.mark.long
def test_what_is_left_out_is_reported_and_counted(site: tuple[Path, str | None, Draft]) -> None:
    """The problems name each refused file, and count the rows that are left out of the others."""
    folder, _, draft = site
    right = list(_expected(folder))
    files = {(file, reason.reason) for file, _, reason in right if reason.reason in _FILES}
    reported = {(problem.place.file, problem.code) for problem in draft.problems}
    assert files == {(file, code) for file, code in reported if code in _FILES}
    rows = Counter(reason.reason for _, _, reason in right if reason.reason in _ROWS)
    assert sum((_rows(problem) for problem in draft.problems), Counter[str]()) == rows
    assert {code for _, code in reported} <= _FILES | _ROWS


def _rows(problem: Problem) -> Counter[str]:
    """Return the number of rows that a problem leaves out, by its code."""
    return Counter({problem.code: rows_left_out(problem)} if problem.code in _ROWS else {})


@pytest.mark.long
def test_the_template_files_of_los_angeles_are_refused(shared: Path, tmp_path: Path) -> None:
    """110 placeholders and 4 demonstrations of Los Angeles' site are recognised and refused."""
    draft = _read(shared / "data" / "la-open-sdg", "5368361", tmp_path / "context")
    codes = Counter(problem.code for problem in draft.problems)
    assert (codes["placeholder"], codes["demonstration"]) == (110, 4)
