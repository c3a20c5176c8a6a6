"""SDMX-CSV 1.0 and 2.0: dimensions, attributes at every level, labels and actions.

The files follow the field guides of SDMX-CSV 1.0 and 2.0 and the UN's data structure definition of
the SDGs; no published file is in the shared data.
"""

import pytest

from tests.loaders.statistics.conftest import ReadTable

_UN = (
    "DATAFLOW,FREQ,REPORTING_TYPE,SERIES,REF_AREA,SEX,AGE,URBANISATION,INCOME_WEALTH_QUANTILE,"
    "EDUCATION_LEV,OCCUPATION,CUST_BREAKDOWN,COMPOSITE_BREAKDOWN,DISABILITY_STATUS,ACTIVITY,PRODUCT,"
    "TIME_PERIOD,OBS_VALUE,UNIT_MULT,UNIT_MEASURE,OBS_STATUS,NATURE,CUST_BREAKDOWN_LB\n"
)
_FLOW = "IAEG-SDGs:DF_SDG_GLC(1.0)"


def test_the_dimensions_of_the_un_are_dimensions_here(read_table: ReadTable) -> None:
    """Each dimension of the UN's structure keeps its code, and a scale is applied."""
    reading = read_table(
        f"{_UN}{_FLOW},A,N,SH_DTH,KOR,F,Y15T24,R,Q1,ISCED11_1,ISCO08_1,C01,MS_MIGRANT,PD,ISIC4_A,"
        "MF4_1,2019,3.5,3,PS,E,C,On foot\n"
    )
    assert not reading.problems
    (row,) = reading.values
    assert (row["area"], row["value"], row["unitCode"]) == ("KOR", "3500", "PS")
    assert (row["sex"], row["age"], row["urbanisation"]) == ("sex-F", "Y15T24", "R")
    assert (row["incomeQuantile"], row["educationLev"]) == ("Q1", "ISCED11_1")
    assert (row["occupation"], row["compositeBreakdown"]) == ("ISCO08_1", "MS_MIGRANT")
    assert (row["disabilityStatus"], row["economicActivity"]) == ("PD", "ISIC4_A")
    assert (row["product"], row["customBreakdown"]) == ("MF4_1", "CUST_BREAKDOWN: On foot")
    assert (row["nature"], row["reportingType"], row["status"]) == ("C", "N", "obsStatus-E")


def test_a_column_before_the_value_is_a_dimension_and_one_after_it_an_attribute(
    read_table: ReadTable,
) -> None:
    """An unknown dimension breaks the series down; an unknown attribute is reported once."""
    head = "DATAFLOW,SERIES,REF_AREA,FLAVOUR,TIME_PERIOD,OBS_VALUE,GRADE\n"
    rows = "".join(f"X,S,KOR,{flavour},2020,{at},high\n" for at, flavour in enumerate("AB"))
    reading = read_table(head + rows)
    assert [row["customBreakdown"] for row in reading.values] == ["FLAVOUR: A", "FLAVOUR: B"]
    assert reading.codes == ["unknown-column"]
    assert "'GRADE'" in reading.problems[0].message


def test_a_dimension_with_codes_is_understood_after_the_value_too(read_table: ReadTable) -> None:
    """Sex and age are known by their identifiers, wherever an export of the UN's base has them."""
    reading = read_table(
        "DATAFLOW,SERIES,REF_AREA,TIME_PERIOD,OBS_VALUE,SEX,AGE\n"
        "X,S,KOR,2020,5,F,Y0T14\nX,S,KOR,2020,6,M,_T\n"
    )
    assert not reading.problems
    assert [(row["sex"], row["age"]) for row in reading.values] == [
        ("sex-F", "Y0T14"),
        ("sex-M", "_T"),
    ]


def test_labels_are_names_and_no_columns(read_table: ReadTable) -> None:
    """Labels of 1.0 stand in the cells, those of 2.0 in columns of their own; both say the same."""
    one = read_table(
        "DATAFLOW,SERIES: Series,REF_AREA: Area,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE: Unit\n"
        "X,EN_X: Fine dust,KOR: Korea,2020,5,UG: Micrograms\n"
    )
    two = read_table(
        "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,ACTION,SERIES,Series,REF_AREA,Area,TIME_PERIOD,Time,"
        "OBS_VALUE,Observation value,UNIT_MEASURE,Unit\n"
        "dataflow,X,Flow,I,EN_X,Fine dust,KOR,Korea,2020,,5,,UG,Micrograms\n"
    )
    assert not one.problems
    assert not two.problems
    assert one.text == two.text
    assert '"Fine dust"@en' in one.text
    assert (one.values[0]["unit"], one.values[0]["unitCode"]) == ("Micrograms", "UG")


def test_a_row_without_a_period_and_a_value_states_attributes_of_its_group(
    read_table: ReadTable,
) -> None:
    """A scale of a series holds for its observations, except for one that states its own."""
    reading = read_table(
        "STRUCTURE,STRUCTURE_ID,ACTION,SERIES,REF_AREA,TIME_PERIOD,OBS_VALUE,UNIT_MULT\n"
        "dataflow,X,I,S,,,,3\n"
        "dataflow,X,I,S,KOR,2019,5,\n"
        "dataflow,X,I,S,KOR,2020,5,0\n"
        "dataflow,X,I,T,KOR,2019,5,\n"
    )
    assert [row["value"] for row in reading.values] == ["5000", "5", "5"]


def test_a_deleted_value_is_left_out(read_table: ReadTable) -> None:
    """The action D of 2.0 states nothing."""
    reading = read_table(
        "STRUCTURE,STRUCTURE_ID,ACTION,SERIES,REF_AREA,TIME_PERIOD,OBS_VALUE\n"
        "dataflow,X,D,S,KOR,2019,5\ndataflow,X,R,S,KOR,2020,6\n"
    )
    assert ([row["value"] for row in reading.values], reading.codes) == (["6"], ["deleted-value"])


@pytest.mark.parametrize(
    ("text", "value", "period"),
    [
        ("2011-12,1.234", "1.234", "2011-12"),
        ("2020-Q1,1E-2", "0.01", "2020-01/2020-03"),
        ("2013-01-01/P5Y,1", "1", "2013/2017"),
    ],
)
def test_numbers_and_periods_are_those_of_sdmx(
    read_table: ReadTable, text: str, value: str, period: str
) -> None:
    """A point is a decimal mark and `2011-12` a month, whatever the other rows are."""
    reading = read_table(f"DATAFLOW,SERIES,REF_AREA,TIME_PERIOD,OBS_VALUE\nX,S,KOR,{text}\n")
    assert [(row["value"], row["period"]) for row in reading.values] == [(value, period)]


def test_the_csv_of_the_un_database_is_read(read_table: ReadTable) -> None:
    """Titles in brackets are dimensions; the area is an M49 code; Location is urban or rural."""
    reading = read_table(
        "Goal,Target,Indicator,SeriesCode,SeriesDescription,GeoAreaCode,GeoAreaName,TimePeriod,Value,"
        "Time_Detail,Source,[Age],[Cities],[Location],[Nature],[Reporting Type],[Sex],[Units],"
        "[IHR Capacity]\n"
        "11,11.6,11.6.2,EN_ATM_PM25,Fine dust,410,Republic of Korea,2019.0,27.4,2018-2019,WHO,"
        "15-24,NOCITI,URBAN,G,G,FEMALE,PERCENT,IHR02\n"
    )
    assert not reading.problems
    (row,) = reading.values
    assert (row["area"], row["period"], row["urbanisation"]) == ("KOR", "2019", "U")
    assert (row["sex"], row["age"], row["customBreakdown"]) == (
        "sex-F",
        "Y15T24",
        "IHR Capacity: IHR02",
    )
    assert row["method"] == "WHO; Time detail: 2018-2019"
    assert "broadMatch> <http://metadata.un.org/sdg/C110602>" in reading.text
