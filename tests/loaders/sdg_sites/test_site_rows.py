"""Every row of a site is an observation, or is left out and counted; whatever the table has."""

import csv
import tempfile
from io import StringIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.loaders.sdg_sites.conftest import ReadSite, WriteSite

_YEARS = st.sampled_from(["2020", "2020", "2020.0", "2013-2017", "2020-05", "soon", "", "2020 Q1"])
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
        assert len(loaded) + read.rows_left_out == len(filled), read.messages


def test_two_rows_of_one_observation_are_both_left_out(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """Neither of two rows about the same is loaded, and their indicator and area stay stated."""
    table = "Year,Ward,Value\n2020,Venice,1\n2020,Venice,2\n2021,Venice,3\n"
    (value,) = read_site(write_site({"data/indicator_8-5-2.csv": table}))
    assert (value.value, value.name) == ("3", "Unemployed people")
    assert read_site.problems == [("indicator_8-5-2.csv", 2, "value-twice")]
    assert read_site.rows_left_out == 2


def test_attributes_of_sdmx_are_applied_or_refuse_the_row(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """Multipliers are applied, statuses stated; missing, confidential and unclear values go out."""
    table = (
        "Year,SERIES,UNIT_MEASURE,Unit multiplier,Observation status,CONF_STATUS,Value\n"
        "2016,SI_X,PS,Thousands,,,7.5\n"
        "2017,SI_X,PS,6,E: Estimated,F,2\n"
        "2018,SI_X,PS,,M,,3\n"
        "2019,SI_X,PS,,,C,4\n"
        "2020,SI_X,PS,lots,,,5\n"
    )
    rows = read_site(write_site({"data/indicator_8-5-2.csv": table}))
    assert [(row.period, row.value, row.unit) for row in rows] == [
        ("2017", "2000000", "PS"),
        ("2016", "7500", "PS"),
    ]
    assert rows[0].name.endswith(", SI_X")
    assert read_site.codes() == ["confidential", "missing-value", "unknown-multiplier"]
    assert read_site.select("SELECT DISTINCT ?code { ?o usdg:unitCode ?code }") == [("PS",)]
    (status,) = read_site.select("SELECT ?status { ?o sdmx-attribute:obsStatus ?status }")
    assert status[0].endswith("obsStatus-E")


def test_breakdowns_are_dimensions_with_codes_or_words(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """Sex, age and location have the UN's codes; keys and other groups are words of the site."""
    table = (
        "Year,Sex,AGE.AGE,Location,Line,Value\n2020,female,AGE.Y15T19,urban,data.four,1\n"
        "2020,,,,,2\n"
    )
    site = write_site(
        {
            "data/indicator_8-5-2.csv": table,
            "translations/en/data.yml": "four: Line four\n",
        }
    )
    assert len(read_site(site)) == 2
    (row,) = read_site.select(
        "SELECT ?age ?urban ?words { ?o sdmx-dimension:age ?age ; usdg:urbanisation ?urban ; "
        "usdg:customBreakdown ?words ; sdmx-dimension:sex [] }"
    )
    assert row == ("Y15T19", "U", "Line: Line four")
