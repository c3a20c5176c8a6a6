"""Every row of a site is an observation, or is left out and counted; whatever the table has."""

import csv
import re
import tempfile
from io import StringIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.loaders.sdg_sites.conftest import ReadSite

_YEARS = st.sampled_from(["2019", "2020", "2020.0", "2013-2017", "2020-05", "soon", "", "2020 Q1"])
_VALUES = st.sampled_from(
    ["1", "2.50", "-3", "1e3", "", "n/a", "..", "twelve", "1,234.5", "4,2", "7 %"]
)
_SEXES = st.sampled_from(["", "Female", "M", "other", "Total"])
_AREAS = st.sampled_from(["", "US-CA", "USA", "Atlantis", "Los Angeles", "Springfield", "XXNOR"])
_UNITS = st.sampled_from(["", "Per cent", "Number"])
_MULTIPLIERS = st.sampled_from(["", "3", "Thousands", "lots"])
_STATUSES = st.sampled_from(["", "A", "Estimated value", "M", "?"])
_EXTRA = st.sampled_from([[], [], [], ["more"]])
_ROW = st.tuples(_YEARS, _SEXES, _AREAS, _UNITS, _MULTIPLIERS, _STATUSES, _VALUES, _EXTRA)
_TITLES = ("Year", "Sex", "Region", "Units", "UNIT_MULT", "OBS_STATUS", "Value")


@given(st.lists(_ROW, min_size=1, max_size=12))
def test_rows_are_observations_or_counted(rows: list[tuple[object, ...]]) -> None:
    """The rows with a cell are as many as the observations and the rows that problems count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "site" / "data").mkdir(parents=True)
        (folder / "context").mkdir()
        text = StringIO()
        table = csv.writer(text)
        table.writerow(_TITLES)
        for *cells, extra in rows:
            assert isinstance(extra, list)
            table.writerow([*cells, *extra])
        path = folder / "site" / "data" / "indicator_8-5-2.csv"
        path.write_text(text.getvalue(), "utf-8")
        read = ReadSite(folder / "context")
        read(folder / "site")
        loaded = read.select("SELECT ?o { ?o a qb:Observation }")
        filled = [row for row in rows if any(row)]
        assert len(loaded) + sum(map(_count, read.messages)) == len(filled), read.messages


def _count(message: str) -> int:
    """Return the number of rows that a problem says were left out."""
    counted = re.match(r"([\d,]+) rows? ", message) or re.search(r" ([\d,]+) rows ", message)
    return int(counted[1].replace(",", "")) if counted else 1
