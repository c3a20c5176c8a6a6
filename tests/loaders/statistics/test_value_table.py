"""Tables with one value in each row: areas, scales, statuses, periods, breakdowns and titles."""

import csv
from io import StringIO
from itertools import permutations
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.data.test_data_cube import CONSTRAINTS
from tests.loaders.statistics.conftest import ReadTable
from urbansdg.ontology.namespaces import PREFIXES

_SEOUL = "1835848"


def _csv(*rows: tuple[str, ...]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def test_a_row_is_about_the_area_that_it_names(read_table: ReadTable) -> None:
    """The option stands for empty cells only; an unknown place is left out, a region is found."""
    table = _csv(
        ("city", "indicator", "year", "value"),
        ("Nowhereville", "11.6.2", "2020", "99"),
        ("England", "11.6.2", "2021", "11"),
        ("São Paulo", "11.6.2", "2019", "17"),
        ("", "11.6.2", "2018", "15"),
    )
    reading = read_table(table, city=_SEOUL)
    assert [(row["area"], row["value"]) for row in reading.values] == [
        ("GB-ENG", "11"),
        ("3448439", "17"),
        (_SEOUL, "15"),
    ]
    assert [(problem.code, problem.place.row) for problem in reading.problems] == [
        ("unknown-city", 2)
    ]


@pytest.mark.parametrize(
    ("titles", "row", "area"),
    [
        (("country", "city"), ("KOR", "Seoul"), _SEOUL),
        (("GeoAreaCode", "[Cities]"), ("410", "NOCITI"), "KOR"),
        (("REF_AREA", "x"), ("KR SEL", ""), None),
        (("city", "ward"), ("Seoul", "Jongno"), f"{_SEOUL}-jongno"),
        (("Location", "city"), ("URBAN", "Seoul"), _SEOUL),
    ],
)
def test_several_columns_name_one_area(
    read_table: ReadTable, titles: tuple[str, str], row: tuple[str, str], area: str | None
) -> None:
    """The narrowest of the places in a row is its area; a new ward is an area of its city."""
    table = _csv((*titles, "indicator", "year", "value"), (*row, "11.6.2", "2020", "1"))
    assert [row["area"] for row in read_table(table).values] == ([area] if area else [])


def test_a_table_without_a_place_is_one_problem(read_table: ReadTable) -> None:
    """Without a column of places and without the option, one message names strange columns."""
    table = _csv(("Wo", "indicator", "year", "value"), *[("x", "y", "2020", "1")] * 50)
    reading = read_table(table)
    assert reading.codes == ["unknown-column", "no-city-column"]
    assert "'Wo'" in reading.problems[1].message
    assert reading.values == []


@pytest.mark.parametrize(
    ("titles", "row", "value", "unit"),
    [
        (("value", "UNIT_MULT"), ("3.5", "3"), "3500", "not stated"),
        (("value", "unit", "scale"), ("3.5", "EUR", "Millions"), "3500000", "EUR"),
        (("value", "unit", "UNIT_MULT"), ("3.5", "EUR", "0"), "3.5", "EUR"),
        (("value", "unit", "UNIT_MULT"), ("35", "t", "-1"), "3.5", "t"),
        (("value (thousands)", "unit"), ("3.5", "persons"), "3500", "persons"),
        (("valeur (en milliers)", "unité"), ("3.5", "habitants"), "3500", "habitants"),
        (("값 (천명)", "단위"), ("3.5", "명"), "3500", "명"),
        (("value (million EUR)", "unit"), ("3.5", "EUR"), "3500000", "EUR"),
        (("value (million EUR)", "unit"), ("3.5", ""), "3.5", "million EUR"),
        (("Wert (in Tsd.)", "Einheit"), ("3.5", "Personen"), "3500", "Personen"),
        (("value", "unit"), ("3.5", "in thousands"), "3500", "not stated"),
        (("value", "unit"), ("3.5", "million EUR"), "3.5", "million EUR"),
        (("value", "unit", "UNIT_MULT"), ("3.5", "million EUR", "6"), "3500000", "EUR"),
        (("value (thousands)", "UNIT_MULT"), ("3.5", "3"), "3500", "not stated"),
        (("value", "unit"), ("3.5", "per 1,000 inhabitants"), "3.5", "per 1,000 inhabitants"),
        (("value (per 1,000)", "unit"), ("3.5", "deaths"), "3.5", "deaths per 1,000"),
        (("value (%)", "unit"), ("3.5", ""), "3.5", "%"),
        (("value", "unit"), ("3.5%", ""), "3.5", "%"),
        (("value", "unit"), ("3.5 %", "Prozent"), "3.5", "Prozent"),
        (
            ("value", "unit", "BASE_PER"),
            ("3.5", "Index", "2015"),
            "3.5",
            "Index (base period 2015)",
        ),
        (("Value", "[Units]"), ("3.5", "NUM_TH"), "3500", "NUM"),
    ],
)
def test_a_scale_is_applied_once_and_a_rate_is_a_unit(
    read_table: ReadTable, titles: tuple[str, ...], row: tuple[str, ...], value: str, unit: str
) -> None:
    """Each statement of a scale is applied; the same scale stated twice counts once."""
    table = _csv(("city", "indicator", "year", *titles), ("Seoul", "x", "2020", *row))
    reading = read_table(table)
    assert [(row["value"], row["unit"]) for row in reading.values] == [(value, unit)]
    assert not reading.problems


@pytest.mark.parametrize(
    ("titles", "row", "code"),
    [
        (("value", "UNIT_MULT"), ("3.5", "many"), "contradicting-scale"),
        (("value (thousands)", "UNIT_MULT"), ("3.5", "6"), "contradicting-scale"),
        (("value", "unit", "UNIT_MULT"), ("3.5", "million EUR", "3"), "contradicting-scale"),
        (("value (%)", "unit"), ("3.5", "persons"), "contradicting-scale"),
        (("value", "unit"), ("3.5%", "persons"), "contradicting-scale"),
        (("value", "unit"), ("0.35%", "share"), "contradicting-scale"),
        (("value", "OBS_STATUS"), ("0", "M"), "missing-value"),
        (("value", "OBS_STATUS"), ("0", "O: Missing value"), "missing-value"),
        (("value", "OBS_STATUS"), ("0", "K"), "missing-value"),
        (("value", "OBS_STATUS"), ("1", "?"), "unknown-status"),
        (("value", "CONF_STATUS"), ("1", "C"), "confidential-value"),
        (("value", "x"), ("NaN", ""), "no-value"),
        (("value", "x"), ("..", ""), "no-value"),
        (("value", "x"), ("", ""), "no-value"),
        (("value", "x"), ("<5", ""), "bad-number"),
        (("value", "x"), ("1,234", ""), "ambiguous-value"),
    ],
)
def test_an_attribute_that_cannot_be_applied_leaves_its_row_out(
    read_table: ReadTable, titles: tuple[str, ...], row: tuple[str, ...], code: str
) -> None:
    """A row whose value is unclear, missing or confidential is left out with its reason."""
    table = _csv(("city", "indicator", "year", *titles), ("Seoul", "x", "2020", *row))
    reading = read_table(table)
    assert reading.values == []
    assert [problem for problem in reading.codes if problem != "unknown-column"] == [code]


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        (("5", "E"), "obsStatus-E"),
        (("5", "estimated"), "obsStatus-E"),
        (("5", "P: Provisional value"), "obsStatus-P"),
        (("5 b", ""), "obsStatus-B"),
        (("5", "U"), "urn:sdmx:org.sdmx.infomodel.codelist.Code=SDMX:CL_OBS_STATUS(2.0).U"),
        (("5", "A"), None),
        (("5", ""), None),
    ],
)
def test_a_status_stays_with_its_value(
    read_table: ReadTable, cells: tuple[str, str], status: str | None
) -> None:
    """An estimated, provisional or broken value keeps its status; a normal one has none."""
    table = _csv(
        ("city", "indicator", "year", "value", "OBS_STATUS"), ("Seoul", "x", "2020", *cells)
    )
    (row,) = read_table(table).values
    assert (row["value"], row.get("status")) == ("5", status)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("17,3", "1.234"), ["17.3", "1234"]),
        (("17.3", "1,234"), ["17.3", "1234"]),
        (("1.234,5", "7.000"), ["1234.5", "7000"]),
        (("17.3", "17,3", "1.234"), ["17.3", "17.3"]),
        (("1 234", "12"), ["1234", "12"]),
        (("1e3", "2"), ["1000", "2"]),
    ],
)
def test_a_column_has_one_decimal_mark(
    read_table: ReadTable, values: tuple[str, ...], expected: list[str]
) -> None:
    """The numbers that have one meaning decide the others; in a mixed column `1.234` has none."""
    rows = [("Seoul", "x", str(2000 + at), value) for at, value in enumerate(values)]
    text = _csv(("city", "indicator", "year", "value"), *rows)
    assert [row["value"] for row in read_table(text).values] == expected


def test_a_point_alone_decides_nothing_in_a_table_with_semicolons(read_table: ReadTable) -> None:
    """`1.234` between semicolons can mean 1234, and is left out; with commas it is a fraction."""
    semicolons = read_table("city;indicator;year;value\nSeoul;x;2020;1.234\n")
    assert (semicolons.values, semicolons.codes) == ([], ["ambiguous-value"])
    (row,) = read_table("city,indicator,year,value\nSeoul,x,2020,1.234\n").values
    assert row["value"] == "1.234"


@pytest.mark.parametrize(
    ("titles", "cells", "period"),
    [
        (("year",), ("2020.0",), "2020"),
        (("year", "month"), ("2020", "5"), "2020-05"),
        (("year", "Quartal"), ("2020", "1"), "2020-01/2020-03"),
        (("date",), ("31.05.2020",), "2020-05-31"),
        (("period",), ("2013-2017",), "2013/2017"),
        (("period",), ("2020-Q4",), "2020-10/2020-12"),
    ],
)
def test_a_period_keeps_its_precision(
    read_table: ReadTable, titles: tuple[str, ...], cells: tuple[str, ...], period: str
) -> None:
    """Months, quarters, days and spans stay what they are."""
    table = _csv(("city", "indicator", "value", *titles), ("Seoul", "x", "1", *cells))
    assert [row["period"] for row in read_table(table).values] == [period]


def test_what_a_year_and_two_digits_mean_is_decided_by_the_column(read_table: ReadTable) -> None:
    """`2011-12` is a span beside `2012-13`, a month beside `2011-01`, and alone it is left out."""

    def periods(*texts: str) -> list[str]:
        rows = [("Seoul", "x", text, "1") for text in texts]
        table = _csv(("city", "indicator", "year", "value"), *rows)
        return [row["period"] for row in read_table(table).values]

    assert periods("2011-12", "2012-13") == ["2011/2012", "2012/2013"]
    assert periods("2011-12", "2011-01") == ["2011-12", "2011-01"]
    assert periods("2011-12", "2010") == ["2010"]


def test_a_strange_column_is_named_once_and_is_no_breakdown(read_table: ReadTable) -> None:
    """One message names all strange columns; rows that differ only in one of them are left out."""
    table = _csv(
        ("city", "indicator", "year", "value", "Zustaendig", "Foo"),
        ("Seoul", "x", "2020", "1", "Amt 1", "a"),
        ("Seoul", "x", "2021", "2", "Amt 2", "b"),
        ("Seoul", "x", "2021", "3", "Amt 2", "c"),
    )
    reading = read_table(table)
    assert [row["value"] for row in reading.values] == ["1"]
    assert reading.codes == ["unknown-column", "value-twice"]
    assert "'Zustaendig', 'Foo'" in reading.problems[0].message
    assert "Amt" not in reading.text


def test_breakdowns_are_dimensions_with_codes_or_words(read_table: ReadTable) -> None:
    """A value with a code is a coded dimension; a word without one is text with its title."""
    table = _csv(
        ("city", "indicator", "year", "value", "Sex", "Disability", "Education level", "Race"),
        ("Seoul", "x", "2020", "1", "", "", "", ""),
        ("Seoul", "x", "2020", "2", "Women", "Yes", "Primary", ""),
        ("Seoul", "x", "2020", "3", "Non-binary", "", "Evening school", "<Other>"),
        ("Seoul", "x", "2020", "4", "Total", "All", "total", "Total"),
    )
    reading = read_table(table)
    assert reading.codes == ["value-twice"]  # rows 2 and 5 both are about everybody
    second, third = reading.values
    assert (second["sex"], second["disabilityStatus"]) == ("sex-F", "PD")
    assert second["educationLev"] == "ISCED11_1"
    assert third["sex"] == "sex-T"
    assert third["customBreakdown"] == (
        "Education level: Evening school; Race: <Other>; Sex: Non-binary"
    )


def test_values_with_further_dimensions_have_a_structure_of_their_own(
    read_table: ReadTable,
) -> None:
    """Each observation has a value of each dimension of its data set's structure (IC-11)."""
    table = _csv(
        ("city", "indicator", "year", "value", "Disability", "Line"),
        ("Seoul", "x", "2020", "1", "", ""),
        ("Seoul", "x", "2020", "2", "Yes", ""),
        ("Seoul", "x", "2020", "3", "Yes", "4"),
        ("Seoul", "x", "2020", "4", "", "4"),
    )
    reading = read_table(table)
    assert [row["dataSet"] for row in reading.values] == [
        "table",
        "table-by-disability",
        "table-by-disability-custom",
        "table-by-custom",
    ]
    assert reading.text.count("DataStructureDefinition>") == 3


def test_signs_distinguish_breakdowns(read_table: ReadTable) -> None:
    """`<5` and `>5` of a breakdown in words are two observations."""
    rows = [("Seoul", "x", "2020", str(at), text) for at, text in enumerate(("<5", ">5", "5"))]
    reading = read_table(_csv(("city", "indicator", "year", "value", "Class"), *rows))
    assert len(reading.values) == 3


@pytest.mark.parametrize(
    "titles",
    [
        "도시;지표;연도;값;단위;방법;성별;연령;소득분위;교육수준;장애",
        (
            "Ville;Indicateur;Année;Valeur;Unité;Méthode;Sexe;Groupe d'âge;Revenu;"
            "Niveau d'éducation;Handicap"
        ),
        "Ciudad;Indicador;Año;Valor;Unidad;Método;Sexo;Edad;Quintil;Nivel educativo;Discapacidad",
        (
            "Cidade;Indicador;Ano;Valor;Unidade;Método;Sexo;Faixa etária;Renda;"
            "Escolaridade;Deficiência"
        ),
        (
            "Stadt;Indikator;Jahr;Wert;Einheit;Methode;Geschlecht;Altersgruppe;Einkommen;"
            "Bildungsstand;Behinderung"
        ),
        "Città;Indicatore;Anno;Valore;Unità;Metodo;Sesso;Età;Reddito;Titolo di studio;Disabilità",
        "都市;指標;年;値;単位;方法;性別;年齢;所得;学歴;障害",
        "城市;指标;年份;数值;单位;方法;性别;年龄;收入;教育程度;残疾",
        "المدينة;المؤشر;السنة;القيمة;الوحدة;المنهجية;الجنس;العمر;الدخل;المستوى التعليمي;الإعاقة",
        (
            "Город;Показатель;Год;Значение;Единица измерения;Метод;Пол;Возраст;Доход;"
            "Образование;Инвалидность"
        ),
    ],
)
def test_titles_are_understood_in_the_languages_of_cities(
    read_table: ReadTable, titles: str
) -> None:
    """The same row under titles of each language is the same observation."""
    text = f"{titles}\nSeoul;11.6.2;2020;17,3;t;survey;F;15-24;Q1;ISCED11_1;PD\n"
    reading = read_table(text)
    assert not reading.problems
    (row,) = reading.values
    assert (row["value"], row["unit"], row["method"]) == ("17.3", "t", "survey")
    assert (row["sex"], row["age"], row["incomeQuantile"]) == ("sex-F", "Y15T24", "Q1")
    assert (row["educationLev"], row["disabilityStatus"]) == ("ISCED11_1", "PD")
    assert "broadMatch> <http://metadata.un.org/sdg/C110602>" in reading.text
    assert '"survey"@en' not in reading.text


@pytest.mark.parametrize(
    ("indicator", "code"),
    [
        ("1.5.1", "C200303"),
        ("13.1.1", "C200303"),
        ("11.6.2", "C110602"),
        ("SDG 11.6.2: Fine dust", "C110602"),
        ("11-6-2", "C110602"),
        ("C110602", "C110602"),
        ("11.6.99", "11.6"),
    ],
)
def test_an_indicator_is_tied_to_the_code_of_the_un(
    read_table: ReadTable, indicator: str, code: str
) -> None:
    """An indicator with several numbers has one code under each; a local one has its target."""
    table = _csv(("city", "indicator", "year", "value"), ("Seoul", indicator, "2020", "1"))
    assert f"broadMatch> <http://metadata.un.org/sdg/{code}>" in read_table(table).text


def test_the_order_of_columns_changes_nothing(read_table: ReadTable) -> None:
    """Every order of the columns gives the same triples."""
    columns = {
        "city": ("Seoul", "Seoul"),
        "indicator": ("11.6.2", "x"),
        "TIME_PERIOD": ("2020-Q1", "2021"),
        "value (thousands)": ("3,5", "1.234"),
        "Sex": ("F", ""),
    }
    triples = set()
    for order in permutations(columns):
        rows = zip(*(columns[name] for name in order), strict=True)
        triples.add(frozenset(read_table(_csv(order, *rows)).text.splitlines()))
    assert len(triples) == 1


def test_every_row_is_a_value_or_has_its_reason(read_table: ReadTable) -> None:
    """The rows are those that became values and those that a problem names, and nothing else."""
    cells = ("1", "", "..", "x", "1,5", "7", "7", "9%")
    rows = [
        (city, indicator, year, cell)
        for city in ("Seoul", "Nowhere", "")
        for indicator in ("x", "y")
        for year in ("2020", "soon")
        for cell in cells
    ]
    reading = read_table(_csv(("city", "indicator", "year", "value"), *rows))
    named = {
        place.row for problem in reading.problems for place in (problem.place, *problem.related)
    }
    assert len(reading.values) + len(named) == len(rows)
    assert named <= set(range(2, len(rows) + 2))


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_table_becomes_well_formed_cubes(read_table: ReadTable, root: Path, name: str) -> None:
    """Observations with any breakdowns, periods and areas keep the constraints of the Data Cube."""
    rows = [
        ("Seoul", "11.6.2", period, "1", sex, line, quintile)
        for period in ("2019", "2019-Q1", "2019-05", "2013-2017")
        for sex in ("", "F", "Other")
        for line in ("", "4", "<4")
        for quintile in ("", "Q1")
    ]
    titles = ("city", "indicator", "year", "value", "Sex", "Line", "Quintile")
    reading = read_table(_csv(titles, *rows))
    assert len(reading.values) == len(rows)
    text = "".join(f"{line} .\n" for line in reading.text.splitlines())
    triples = ox.parse(text, ox.RdfFormat.N_TRIPLES)
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple) for quad in triples)
    store.load(path=str(root / "ontology" / "cube.ttl"))
    pattern = f"PREFIX qb: <{PREFIXES['qb']}> ASK {{ {CONSTRAINTS[name]} }}"
    assert not store.query(pattern)


def _table(title: str, cell: str, *more: str) -> str:
    rows = [f'Seoul,A,{2000 + at},5,"{text}"' for at, text in enumerate((cell, *more))]
    return "\n".join([f"City,Indicator,Year,Value,{title}", *rows])


@pytest.mark.parametrize(
    ("title", "cells", "values"),
    [
        ("Unit (thousands)", ["people"], ["5000"]),
        ("UNIT_MULT", ["1", "10"], ["50", "50000000000"]),
        ("Multiplier", ["1", "1000"], ["5", "5000"]),
        ("Multiplier", ["10", "100"], ["50", "500"]),
        ("Multiplier", ["1", "10"], []),
        ("UNIT_MULT", ["1.000"], []),
    ],
)
def test_a_scale_is_applied_or_its_row_is_left_out(
    read_table: ReadTable, title: str, cells: list[str], values: list[str]
) -> None:
    """A multiplier that can be a factor or a power is not guessed: the other rows decide."""
    reading = read_table(_table(title, *cells))
    assert [row["value"] for row in reading.values] == values
    assert set(reading.codes) == (set() if values else {"contradicting-scale"})


@pytest.mark.parametrize("unit", ["people (thousands)", "people, thousands", "people thousands"])
def test_a_scale_after_the_unit_and_in_unit_mult_is_applied_once(
    read_table: ReadTable, unit: str
) -> None:
    """`people (thousands)` and a multiplier of 3 state the same scale."""
    text = f'City,Indicator,Year,Value,Unit,UNIT_MULT\nSeoul,A,2019,5,"{unit}",3\n'
    (row,) = read_table(text).values
    assert (row["value"], row["unit"]) == ("5000", "people")


def test_one_known_status_makes_a_column_of_statuses(read_table: ReadTable) -> None:
    """Beside `forecast`, a word that is no status leaves its row out, and not the column."""
    reading = read_table(_table("Status", "forecast", "draft", ""))
    assert [row.get("status") for row in reading.values] == ["obsStatus-F", None]
    assert reading.codes == ["unknown-status"]


@pytest.mark.parametrize("value", ["1E400", "1e-400", "9" * 40, "12.5\u00b2", "5\u2460", "\u00bd"])
def test_a_value_that_is_no_number_to_calculate_with_is_left_out(
    read_table: ReadTable, value: str
) -> None:
    """Numbers beyond the range of the engine, and with the mark of a note, are left out."""
    reading = read_table(f"City,Indicator,Year,Value\nSeoul,A,2019,{value}\n")
    assert (reading.values, reading.codes) == ([], ["bad-number"])


def test_a_long_fraction_keeps_the_digits_of_the_engine(read_table: ReadTable) -> None:
    """A binary number that was printed in full is rounded to 18 digits after the point."""
    reading = read_table("City,Indicator,Year,Value\nSeoul,A,2019,0.00012345678901234567\n")
    assert [row["value"] for row in reading.values] == ["0.000123456789012346"]


def test_a_comma_in_sdmx_is_not_guessed(read_table: ReadTable) -> None:
    """SDMX has decimal points; in a file that a spreadsheet saved anew, commas can be marks."""
    head = "DATAFLOW,REF_AREA,SERIES,TIME_PERIOD,OBS_VALUE"
    assert read_table(f'{head}\nX,Seoul,A,2019,"1,234"\n').codes == ["ambiguous-value"]
    both = read_table(f'{head}\nX,Seoul,A,2019,"1,234"\nX,Seoul,A,2020,"17,3"\n')
    assert [row["value"] for row in both.values] == ["1.234", "17.3"]


def test_the_total_of_several_cities_is_not_the_city_of_the_option(read_table: ReadTable) -> None:
    """A total in the column of cities is about none; an empty cell is about that of `--city`."""
    reading = read_table("City,Indicator,Year,Value\nTotal,A,2019,5\n,A,2020,6\n", city="1835848")
    assert [row["value"] for row in reading.values] == ["6"]
    assert reading.codes == ["no-area"]


def test_two_columns_of_the_city_that_differ_leave_the_row_out(read_table: ReadTable) -> None:
    """A value is not stated of the first of two cities that its row names."""
    head = "City,Municipality,Indicator,Year,Value"
    reading = read_table(f"{head}\nSeoul,S\u00e3o Paulo,A,2019,5\nSeoul,Seoul,A,2019,6\n")
    assert [row["value"] for row in reading.values] == ["6"]
    assert reading.codes == ["ambiguous-area"]


@pytest.mark.parametrize("name", ["England", "Sweden", "City average"])
def test_a_comparison_among_districts_is_no_part_of_the_city(
    read_table: ReadTable, name: str
) -> None:
    """A nation or an average in the column of districts makes no area of the city."""
    text = f"City,District,Indicator,Year,Value\nSeoul,{name},A,2019,5\nSeoul,Mapo,A,2019,6\n"
    reading = read_table(text)
    assert [row["value"] for row in reading.values] == ["6"]
    assert reading.codes == ["no-area"]


def test_the_message_about_many_columns_stays_short(read_table: ReadTable) -> None:
    """A table with thousands of strange columns names the first and counts the others."""
    titles = ",".join(f"c{number}" for number in range(3000))
    reading = read_table(f"City,Indicator,Year,Value,{titles}\nSeoul,A,2019,5\n")
    (problem,) = reading.problems
    assert "2,980 more" in problem.message
    assert len(problem.message) < 600


def test_a_zone_beside_the_city_is_a_place(read_table: ReadTable) -> None:
    """The value of a zone in Spanish is not one of the city: an unknown zone leaves its row out."""
    reading = read_table("Ciudad,Zona,Indicador,Año,Valor\nSeoul,Usaquén,11.6.2,2019,25.1\n")
    assert not reading.values
    assert reading.codes == ["unknown-city"]


@pytest.mark.parametrize("address", ["http://[host", "https://a.example/100%"])
def test_a_faulty_address_of_a_source_is_a_note(read_table: ReadTable, address: str) -> None:
    """A faulty address among the sources stays in the notes, and its value is loaded."""
    table = _csv(
        ("city", "indicator", "year", "value", "source"), ("Seoul", "x", "2020", "1", address)
    )
    reading = read_table(table)
    assert not reading.problems
    assert [row["method"] for row in reading.values] == [address]
