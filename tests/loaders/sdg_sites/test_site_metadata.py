"""Names, units and sources of a site's indicators, from the metadata that sites really have."""

import pytest

from tests.loaders.sdg_sites.conftest import ReadSite, WriteSite

_TABLE = "Year,Value\n2020,7.5\n"


@pytest.mark.parametrize(
    "files",
    [
        {"meta/8-5-2.md": "---\nindicator_name: Jobless\ncomputation_units: Per cent\n---\nText\n"},
        {"meta/8-5-2.md": "---\r\nindicator_name: Jobless\r\ncomputation_units: Per cent\r\n---"},
        {"meta/8-5-2.yml": "indicator_name: Jobless\nUNIT_MEASURE: Per cent\n"},
        {"meta/8-5-2.csv": "indicator_name,Jobless\ncomputation_units,Per cent\n"},
        {"meta/8-5-2.json": '{"indicator_name": "Jobless", "computation_units": "Per cent"}'},
        {
            "meta/8-5-2.yml": "computation_units: Per cent\n",
            "indicator-config/8-5-2.yml": "indicator_name: Jobless\ncomputation_units: ''\n",
        },
        {
            "meta/8-5-2.yml": "indicator_name: Other\ncomputation_units: Per cent\n",
            "indicator-config/8-5-2.yml": "indicator_name: Jobless\n",
        },
        {
            "config_data.yml": "inputs:\n- {class: InputYamlMeta, path_pattern: about/*-*.yml}\n",
            "about/8-5-2.yml": "indicator_name: '<b>Jobless</b>'\ncomputation_units: Per  cent\n",
        },
        {
            "config_data.yml": "inputs:\n- {class: InputCsvMeta, path_pattern: csv-meta/*-*.csv,"
            " metadata_mapping: mapping.csv}\n",
            "mapping.csv": "What it is,indicator_name\nCounted in,computation_units\n",
            "csv-meta/8-5-2.csv": "National metadata,\nWhat it is,Jobless\nCounted in,Per cent\n",
        },
        {"meta/8-5-2.csv": "Graph title,Jobless\nUnit of measurement,Per cent\n"},
        {"meta/8-5-2 .yml": "indicator_name: title\ngraph_title: Jobless\nUNIT_MEASURE: Per cent"},
        {
            "meta/8-5-2.yml": "indicator_name: names.8-5-2\ncomputation_units: units.pc\n",
            "translations/en.yml": "names: {8-5-2: Jobless}\nunits: {pc: Per cent}\n",
        },
        {
            "meta/8-5-2.yml": "indicator_name: names.8-5-2\ncomputation_units: units.pc\n",
            "translations/en/names.yml": "8-5-2: Jobless\n",
            "translations/en/units.yml": "pc: Per cent\n",
        },
        {
            "meta/8-5-2.yml": "indicator_name: names.8-5-2\ncomputation_units: pc\n",
            "translations/names.csv": "id,en,fr\n8-5-2,Jobless,Sans emploi\n",
            "translations/units.csv": "id,en\npc,Per cent\n",
        },
    ],
)
def test_name_and_unit_come_from_the_metadata(
    files: dict[str, str], write_site: WriteSite, read_site: ReadSite
) -> None:
    """Name and unit come from front matter, YAML, CSV, JSON, options and translation keys."""
    (value,) = read_site(write_site({"data/indicator_8-5-2.csv": _TABLE, **files}))
    assert (value.name, value.unit) == ("Jobless", "Per cent")
    assert not read_site.problems


@pytest.mark.parametrize(
    ("titles", "row"),
    [
        ("Year,Units,Value", "2020,Per cent,7.5"),
        ("Year,Unit measure,Value", "2020,Per cent,7.5"),
        ("Year,UNIT_MEASURE,Value", "2020,Per cent,7.5"),
        ("Jahr,Einheit,Wert", "2020,Per cent,7.5"),
        ("TIME_PERIOD,UNIT_MEASURE,OBS_VALUE", "2020,Per cent,7.5"),
    ],
)
def test_the_unit_of_a_row_counts_before_that_of_the_metadata(
    titles: str, row: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """A column of units, whatever its title, counts before the metadata."""
    files = {
        "data/indicator_8-5-2.csv": f"{titles}\n{row}\n",
        "meta/8-5-2.yml": "computation_units: People\n",
    }
    (value,) = read_site(write_site(files))
    assert (value.value, value.period, value.unit) == ("7.5", "2020", "Per cent")


def test_a_key_without_a_text_is_never_a_name(write_site: WriteSite, read_site: ReadSite) -> None:
    """A key of a remote package is replaced by other words of the metadata, or by the UN's name."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": _TABLE,
            "data/indicator_1-2-1.csv": "Year,Value\n2020,9\n",
            "meta/8-5-2.yml": "indicator_name: global_indicators.8-5-2-title\n"
            "graph_title: Jobless in town\n",
            "meta/1-2-1.yml": "indicator_name: global_indicators.1-2-1-title\ntitle: Untitled\n",
        }
    )
    jobless, poor = read_site(site)
    assert jobless.name == "Jobless in town"
    assert poor.name == "People below their country's poverty line"


def test_a_name_in_several_languages_is_read_in_each(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """Translated metadata and the translations of keys give names in their languages."""
    site = write_site(
        {
            "config_data.yml": "languages: [de, fr, es]\n",
            "data/indicator_8-5-2.csv": _TABLE,
            "meta/8-5-2.yml": "indicator_name: names.jobless\ncomputation_units: Prozent\n",
            "meta/fr/8-5-2.yml": "indicator_name: Taux de chômage\n",
            "translations/de/names.yml": "jobless: Arbeitslosenquote\n",
            "translations/es/names.yml": "jobless: Tasa de desempleo\n",
        }
    )
    read_site(site)
    names = read_site.select("SELECT ?name (LANG(?name) AS ?tag) { ?i skos:prefLabel ?name }")
    assert set(names) == {
        ("Arbeitslosenquote", "de"),
        ("Taux de chômage", "fr"),
        ("Tasa de desempleo", "es"),
    }
    assert read_site.select("SELECT (LANG(?unit) AS ?tag) { ?i usdg:unit ?unit }") == [("de",)]


def test_the_national_name_comes_first_and_the_others_follow(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """The name of what the site measures is the label; the other names are alternatives."""
    meta = (
        "---\nindicator_name: Proportion of the poor\ngraph_title: Poor people\n"
        "national_indicator_available: Below the city's poverty line\n---\n"
    )
    files = {"data/indicator_1-2-1.csv": _TABLE, "meta/1-2-1.md": meta}
    (value,) = read_site(write_site(files))
    assert value.name == "Below the city's poverty line"
    others = read_site.select("SELECT ?name { ?i skos:altLabel ?name }")
    assert set(others) == {("Proportion of the poor",), ("Poor people",)}


def test_the_organisations_of_active_sources_are_publishers(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """Each organisation of an active source is a publisher of the indicator, in words."""
    meta = (
        "source_organisation_1: sources.office\nsource_organisation_2: Agency\n"
        "source_active_3: false\nsource_organisation_3: Template\n"
        "sources: [{organisation: Ministry, url: ''}]\n"
    )
    site = write_site(
        {
            "data/indicator_1-2-1.csv": _TABLE,
            "meta/1-2-1.yml": meta,
            "translations/en/sources.yml": "office: Office of Statistics\n",
        }
    )
    read_site(site)
    publishers = read_site.select("SELECT ?name { ?i dcterms:publisher ?name }")
    assert set(publishers) == {("Office of Statistics",), ("Agency",), ("Ministry",)}


def test_all_active_sources_are_stated(write_site: WriteSite, read_site: ReadSite) -> None:
    """Each web address of an active source is a source; words, inactive and faulty ones are not."""
    meta = (
        "source_url_1: |\n  https://a.example/1\n  https://a.example/2\n"
        "source_active_2: false\nsource_url_2: https://template.example/\n"
        "source_url_3: Link to source\nDATA_SOURCE: www.office.example, table 7\n"
        "source_url_4: https://a.example/100%\n"
        "sources:\n- {organization: Office, url: 'https://b.example/x'}\n"
    )
    read_site(write_site({"data/indicator_1-2-1.csv": _TABLE, "meta/1-2-1.yml": meta}))
    stated = read_site.select("SELECT (STR(?s) AS ?source) { ?o dcterms:source ?s }")
    assert {source for (source,) in stated} == {
        *("https://a.example/1", "https://a.example/2"),
        *("https://www.office.example", "https://b.example/x"),
    }
    assert read_site.codes() == []


def test_the_title_of_a_chart_names_the_values_of_its_unit(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """A title that the options give one unit or series is the name of its values."""
    options = (
        "indicator_name: Homicides\n"
        "graph_titles:\n- {unit: Rate, title: 'Homicides per 100,000 people'}\n"
    )
    site = write_site(
        {
            "data/indicator_16-1-1.csv": "Year,Units,Series,Value\n2020,Rate,,5\n2020,Total,A,9\n",
            "indicator-config/16-1-1.yml": options,
        }
    )
    rate, total = read_site(site)
    assert (rate.name, rate.unit) == ("Homicides per 100,000 people", "Rate")
    assert (total.name, total.unit) == ("Homicides, A", "Total")


def test_a_broken_page_of_metadata_costs_only_its_texts(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """A file that is no YAML is reported; the values of its indicator are read."""
    broken = "a: &a [*a, *a]\nb: [\n"
    (value,) = read_site(write_site({"data/indicator_8-5-2.csv": _TABLE, "meta/8-5-2.yml": broken}))
    assert value.name
    assert read_site.codes() == ["metadata-unreadable"]


def test_values_that_the_unit_explains_as_missing_are_left_out(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """Where the unit says `-1 = Not available`, -1 is no value."""
    site = write_site(
        {
            "data/indicator_3-3-3.csv": "Year,Value\n2019,-1\n2020,4\n2021,-1\n",
            "meta/3-3-3.yml": "UNIT_MEASURE: '-1 = Not available'\n",
        }
    )
    assert [value.value for value in read_site(site)] == ["4"]
    assert read_site.problems == [
        ("indicator_3-3-3.csv", 2, "missing-value"),
        ("indicator_3-3-3.csv", 4, "missing-value"),
    ]


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Percentage of households below the line", "Percentage"),
        ("The total number of visits", "Number"),
        ("Birth rate per 1,000 women in that age group", "per 1,000 women"),
        ("Anteil der Haushalte", "Anteil"),
        ("Gini coefficient", "not stated"),
        ("Percents", "not stated"),
    ],
)
def test_a_name_states_the_unit_where_no_field_does(
    name: str, unit: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """The counted thing at the beginning of a name, or a rate in it, is the unit."""
    files = {"data/indicator_1-2-1.csv": _TABLE, "meta/1-2-1.yml": f"indicator_name: {name}\n"}
    (value,) = read_site(write_site(files))
    assert value.unit == unit
