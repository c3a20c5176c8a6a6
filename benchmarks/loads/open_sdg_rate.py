"""Rows per second and memory for an Open SDG site, compared with morph-kgc on as many rows.

    python -m benchmarks.loads.open_sdg_rate [--rows N] [--rounds N] [--morph PYTHON]

A site is generated in the layout of `open-sdg-usa`: 238 tables with `Year`, `Units`, `Series`,
breakdowns and `Value`, front matter in `meta/*.md`, YAML in `indicator-config/`, a configuration.
Our reader turns it into a draft, in a process of its own: every value has its indicator, area,
period, unit and breakdown, and its place in the source; nothing is validated. morph-kgc, in a
Python environment that has it (`--morph`), maps the same rows in one table with RML to an
observation with the same properties. Each runs `--rounds` times in turn; the median counts. The
seconds of the processor are those that other work on the machine changes least.
"""

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from benchmarks.loads.morph_kgc import run_morph, write_settings
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.readers.statistics.open_sdg import READER
from urbansdg.ontology.iris import Iris

_BASE = "http://localhost:8000"
_TABLES = 238
_TITLES = ("Year", "Units", "Series", "sex", "age", "income", "Value")
_SEXES = ("", "Female", "Male")
_AGES = ("", "15-24", "25-34", "35-44", "45-54", "55-64", "65+")
_INCOMES = ("", "low", "middle", "high")
_UNITS = ("Percent", "Number")
_YEARS = range(1995, 2025)
_CONFIG = """languages: [en]
inputs:
  - {class: InputCsvData, path_pattern: data/*-*.csv}
  - {class: InputYamlMdMeta, path_pattern: meta/*-*.md}
  - {class: InputYamlMeta, path_pattern: indicator-config/*-*.yml}
"""
_META = """---
indicator: {number}
indicator_name: global_indicators.{key}-title
national_geographical_coverage: United States
reporting_status: complete
source_organisation_1: Office of Statistics
source_url_1: https://office.example/tables/{key}
UNIT_MEASURE: Percent of the population
---
About the indicator.
"""
_OPTIONS = """graph_title: Title of the chart of {number}
indicator_name: global_indicators.{key}-title
indicator_number: {number}
data_non_statistical: false
reporting_status: complete
"""
_MAPPED = {
    "qb:dataSet": f"rr:constant <{_BASE}/id/dataset/site>",
    "sdmx-dimension:refArea": f"rr:constant <{_BASE}/id/country/USA>",
    "usdg:indicator": f'rr:template "{_BASE}/id/indicator/site-{{indicator}}-{{Units}}"',
    "sdmx-dimension:refPeriod": 'rml:reference "Year" ; rr:datatype xsd:gYear',
    "sdmx-measure:obsValue": 'rml:reference "Value" ; rr:datatype xsd:decimal',
    "sdmx-attribute:unitMeasure": 'rml:reference "Units" ; rr:language "en"',
    "sdmx-dimension:sex": 'rml:reference "sex"',
    "sdmx-dimension:age": 'rml:reference "age"',
    "usdg:incomeQuantile": 'rml:reference "income"',
    "dcterms:source": 'rr:template "https://office.example/tables/{indicator}"',
}


def rows_of(number: int, count: int) -> Iterator[tuple[str, ...]]:
    """Yield that many rows of a table, no two of which are about the same."""
    breakdowns = product(range(count), _UNITS, _SEXES, _AGES, _INCOMES, _YEARS)
    for at, (series, unit, sex, age, income, year) in enumerate(islice(breakdowns, count), start=1):
        value = f"{(at * 7 + number) % 1000 / 10}"
        yield str(year), unit, f"Series {series}", sex, age, income, value


def write_site(folder: Path, rows: int) -> Path:
    """Write a site with that many rows, and the same rows as one table `all.csv` beside it."""
    site = folder / "site"
    for name in ("data", "meta", "indicator-config"):
        (site / name).mkdir(parents=True)
    (site / "config_data.yml").write_text(_CONFIG, "utf-8")
    counted = 0
    with (folder / "all.csv").open("w", encoding="utf-8", newline="") as whole:
        table = csv.writer(whole)
        table.writerow(("row", "indicator", *_TITLES))
        for at in range(_TABLES):
            key = f"{at % 17 + 1}-{at // 17 % 5 + 1}-{at // 85 + 1}"
            count = rows // _TABLES + (at < rows % _TABLES)
            about = {"key": key, "number": key.replace("-", ".")}
            (site / "meta" / f"{key}.md").write_text(_META.format(**about), "utf-8")
            (site / "indicator-config" / f"{key}.yml").write_text(_OPTIONS.format(**about), "utf-8")
            path = site / "data" / f"indicator_{key}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                own = csv.writer(file)
                own.writerow(_TITLES)
                for row in rows_of(at, count):
                    counted += 1
                    own.writerow(row)
                    table.writerow((counted, key, *row))
    return site


def read_site(site: Path) -> dict[str, float]:
    """Read the site in this process; return the seconds, the observations and the peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        began, cpu_began = time.perf_counter(), time.process_time()
        draft = READER.read(site, None, ReadContext(Path(folder), Iris(_BASE)))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        assert not draft.problems, draft.problems[:3]
        observations = sum(
            "cube#Observation>" in line
            for file in draft.files
            for line in file.open(encoding="utf-8")
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "observations": observations, "mebibytes": peak}


def _ours(site: Path) -> dict[str, float]:
    command = (sys.executable, "-m", "benchmarks.loads.open_sdg_rate", "--read", str(site))
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
    return dict(json.loads(done.stdout))


def _morph(python: str, settings: Path) -> dict[str, float]:
    began, cpu_began = time.perf_counter(), _cpu_of_children()
    run_morph(python, settings)
    return {"seconds": time.perf_counter() - began, "cpu": _cpu_of_children() - cpu_began}


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _median(runs: list[dict[str, float]], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=189_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--morph", metavar="PYTHON", help="path of a Python that has morph-kgc")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        sys.stdout.write(json.dumps(read_site(options.read)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = write_site(folder, options.rows)
        subject = f"{_BASE}/id/observation/{{row}}"
        settings = write_settings(folder / "all.csv", subject, "qb:Observation", _MAPPED)
        ours, peer = list[dict[str, float]](), list[dict[str, float]]()
        for _ in range(options.rounds):
            ours.append(_ours(site))
            if options.morph:
                peer.append(_morph(options.morph, settings))
    assert ours[0]["observations"] == options.rows
    memory = max(run["mebibytes"] for run in ours)
    for name, runs in {"Open SDG": ours, "morph-kgc": peer}.items():
        if runs:
            seconds, cpu = _median(runs, "seconds"), _median(runs, "cpu")
            rate = f"{options.rows / seconds:8,.0f} rows/s"
            sys.stdout.write(f"{name:10}{rate}{seconds:7.1f} s, processor {cpu:.1f} s\n")
    sys.stdout.write(f"memory {memory:,.0f} MiB\n")
    if peer:
        ratios = [_median(ours, name) / _median(peer, name) for name in ("seconds", "cpu")]
        sys.stdout.write("{:.2f} times morph-kgc's time, {:.2f} of processor\n".format(*ratios))


if __name__ == "__main__":
    _main()
