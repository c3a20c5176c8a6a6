"""SDMX-JSON 1.0 and 2.0, and the API of the UN's SDG database.

The messages follow the published schemas (sdmx-twg/sdmx-json, data message 1.0 and 2.0; SDG API
v1); no published file is in the shared data.
"""

import json
from typing import Any

import pytest

from tests.loaders.statistics.conftest import ReadTable
from urbansdg.errors import SourceUnreadable

_SERIES = {"id": "SERIES", "values": [{"id": "EN_X", "name": "Fine dust"}, {"id": "SH_X"}]}
_AREA = {"id": "REF_AREA", "values": [{"id": "KOR", "name": "Korea"}]}
_SEX = {"id": "SEX", "values": [{"id": "_T"}, {"id": "F"}]}
_TIME = {"id": "TIME_PERIOD", "values": [{"id": "2019"}, {"id": "2020-Q1"}, {"id": "2011-12"}]}
_MULT = {"id": "UNIT_MULT", "values": [{"id": "0"}, {"id": "3"}]}
_UNIT = {"id": "UNIT_MEASURE", "values": [{"id": "PT", "name": "Per cent"}, {"id": "PS"}]}
_STATUS = {"id": "OBS_STATUS", "values": [{"id": "A"}, {"id": "E"}, {"id": "M"}]}


def _one(data: dict[str, Any], **structure: dict[str, Any]) -> str:
    dimensions = {"dataSet": [], "series": [_SERIES, _AREA, _SEX], "observation": [_TIME]}
    attributes = {"dataSet": [], "series": [_UNIT, _MULT], "observation": [_STATUS]}
    whole = {"dimensions": dimensions, "attributes": attributes} | structure
    return json.dumps({"data": {"dataSets": [data], "structure": whole}})


def test_series_and_observations_of_1_0_are_read(read_table: ReadTable) -> None:
    """Positions stand for values; attributes of a series hold for its observations."""
    message = _one(
        {
            "series": {
                "0:0:0": {"attributes": [0, 0], "observations": {"0": [24.8, 0], "1": ["3", 1]}},
                "1:0:1": {"attributes": [1, 1], "observations": {"2": [1.5, None], "0": [9, 2]}},
            }
        }
    )
    reading = read_table(message, "un.json")
    assert [(row["value"], row["period"], row["unit"]) for row in reading.values] == [
        ("24.8", "2019", "Per cent"),
        ("3", "2020-01/2020-03", "Per cent"),
        ("1500", "2011-12", "PS"),
    ]
    assert [row["sex"] for row in reading.values] == ["sex-T", "sex-T", "sex-F"]
    assert reading.values[1]["status"] == "obsStatus-E"
    assert reading.codes == ["missing-value"]
    assert '"Fine dust"@en' in reading.text


def test_a_flat_message_has_the_same_values(read_table: ReadTable) -> None:
    """With all dimensions at the observation, and attributes of the data set, the same is read."""
    flat = _one(
        {"attributes": [0, 1], "observations": {"0:0:1:0": [24.8, 1]}},
        dimensions={"observation": [_SERIES, _AREA, _SEX, _TIME]},
        attributes={"dataSet": [_UNIT, _MULT], "observation": [_STATUS]},
    )
    nested = _one({"series": {"0:0:1": {"attributes": [0, 1], "observations": {"0": [24.8, 1]}}}})
    assert read_table(flat, "un.json").text == read_table(nested, "un.json").text


def test_2_0_has_groups_measures_and_values_in_place(read_table: ReadTable) -> None:
    """Attributes of groups of dimensions are applied; a note stands where its position would."""
    structure = {
        "dimensions": {"series": [_SERIES, _AREA], "observation": [_TIME]},
        "measures": {"observation": [{"id": "OTHER"}, {"id": "OBS_VALUE"}]},
        "attributes": {
            "dimensionGroup": [_MULT, _UNIT],
            "observation": [{"id": "COMMENT_OBS"}],
        },
    }
    data = {
        "structure": 0,
        "dimensionGroupAttributes": {"0::": [1, 1]},
        "series": {
            "0:0": {"observations": {"0": [7, 1.5, "counted"], "1": [7, 2, {"en": "asked"}]}},
            "1:0": {"observations": {"0": [7, 2.5]}},
        },
    }
    message = json.dumps({"data": {"structures": [structure], "dataSets": [data]}})
    reading = read_table(message, "un.json")
    assert [(row["value"], row.get("method")) for row in reading.values] == [
        ("1500", "counted"),
        ("2000", "asked"),
        ("2.5", None),
    ]


@pytest.mark.parametrize(
    "data",
    [
        {"series": {"9:0:0": {"observations": {"0": [1]}}}},
        {"series": {"x": {"observations": {"0": [1]}}}},
        {"series": {"0:0:-1": {"observations": {"0": [1]}}}},
        {"series": {"0:0:0": {"attributes": [7], "observations": {"0": [1]}}}},
    ],
)
def test_a_message_that_contradicts_its_structure_is_refused(
    read_table: ReadTable, data: dict[str, Any]
) -> None:
    """A position without a value refuses the message, and no value is guessed."""
    with pytest.raises(SourceUnreadable, match="position in it has no value"):
        read_table(_one(data), "un.json")


def test_a_page_of_the_api_of_the_un_is_read(read_table: ReadTable) -> None:
    """A record is a value of an M49 area with its dimensions, unit and footnotes."""
    record = {
        "goal": ["1", "11"],
        "target": ["1.5", "11.5"],
        "indicator": ["1.5.1", "11.5.1", "13.1.1"],
        "series": "VC_DSR_MTMP",
        "seriesDescription": "Number of deaths",
        "geoAreaCode": "410",
        "geoAreaName": "Republic of Korea",
        "timePeriodStart": 2019.0,
        "value": "3",
        "lowerBound": "2",
        "footnotes": ["a", ""],
        "attributes": {"Nature": "C", "Units": "NUM_TH"},
        "dimensions": {"Sex": "FEMALE", "Location": "RURAL", "Kind of hazard": "FLOOD"},
    }
    missing = record | {"value": "NaN", "timePeriodStart": 2020.0}
    reading = read_table(json.dumps({"data": [record, missing]}), "page.json")
    (row,) = reading.values
    assert (row["area"], row["value"], row["unit"]) == ("KOR", "3000", "NUM")
    assert (row["sex"], row["urbanisation"]) == ("sex-F", "R")
    assert (row["customBreakdown"], row["method"]) == ("Kind of hazard: FLOOD", "a")
    assert reading.codes == ["unloaded-column", "no-value"]
    assert "broadMatch> <http://metadata.un.org/sdg/C200303>" in reading.text


@pytest.mark.parametrize(
    "data",
    [
        {"series": {"0:0": {"observations": {"0": [1]}}}},
        {"series": {"0:0:0:0": {"observations": {"0": [1]}}}},
        {"series": {"0:0:0": {"observations": {"0:0": [1]}}}},
        {"series": {"0:0:0": {"observations": {"0": "57"}}}},
        {"series": {"0:0:0": None}},
        {"series": {"0:0:0": "x"}},
    ],
)
def test_a_message_of_another_shape_is_refused(read_table: ReadTable, data: dict[str, Any]) -> None:
    """A key without a part for each dimension, or a text in place of a list, gives no value."""
    with pytest.raises(SourceUnreadable, match="not a valid SDMX-JSON"):
        read_table(_one(data), "un.json")


def test_two_dimensions_of_one_name_are_refused(read_table: ReadTable) -> None:
    """The area of a value is not that of the dimension that comes last."""
    other = {"id": "REF_AREA", "values": [{"id": "GB-ENG"}]}
    message = _one(
        {"series": {"0:0:0": {"observations": {"0": [1]}}}},
        dimensions={"series": [_SERIES, _AREA, other], "observation": [_TIME]},
    )
    with pytest.raises(SourceUnreadable, match="not a valid SDMX-JSON"):
        read_table(message, "un.json")


def test_values_that_a_message_deletes_are_left_out(read_table: ReadTable) -> None:
    """A data set with the action Delete lists values that are withdrawn."""
    data = {"action": "Delete", "series": {"0:0:0": {"observations": {"0": [1]}}}}
    reading = read_table(_one(data), "un.json")
    assert (reading.values, reading.codes) == ([], ["deleted-value"])
