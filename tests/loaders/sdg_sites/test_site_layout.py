"""Complete sites: repositories, published sites and their ZIP archives."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.loaders.sdg_sites.conftest import ReadSite, WriteSite
from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.loaders.sdg_sites import site_archives

_TABLE = "Year,Sex,Value\n2020,,7.50\n2020,F,8.1\n"
_COLUMNS = {"Year": [2020, 2020], "Sex": [None, "F"], "Value": [7.5, 8.1]}
_META = {"indicator_name": "Jobless", "computation_units": "Per cent", "reporting_status": None}
_REPOSITORY = {
    "data/indicator_8-5-2.csv": _TABLE,
    "meta/8-5-2.yml": "indicator_name: Jobless\ncomputation_units: Per cent\n",
}
_PUBLISHED: dict[str, dict[str, str]] = {
    "JSON": {"data/8-5-2.json": json.dumps(_COLUMNS), "meta/8-5-2.json": json.dumps(_META)},
    "CSV": {"data/8-5-2.csv": _TABLE, "meta/all.json": json.dumps({"8-5-2": _META})},
    "both": {
        "data/8-5-2.csv": _TABLE,
        "data/8-5-2.json": json.dumps(_COLUMNS),
        "meta/8-5-2.json": json.dumps(_META),
    },
    "comb": {
        "comb/8-5-2.json": json.dumps({"data": _COLUMNS, "edges": {}}),
        "meta/8-5-2.json": json.dumps(_META),
    },
    "languages": {
        "en/data/8-5-2.json": json.dumps(_COLUMNS),
        "en/meta/8-5-2.json": json.dumps(_META),
        "fr/data/8-5-2.json": json.dumps(_COLUMNS),
        "fr/meta/8-5-2.json": json.dumps({**_META, "indicator_name": "Chômeurs"}),
        "untranslated/data/8-5-2.json": json.dumps(_COLUMNS),
        "untranslated/meta/8-5-2.json": json.dumps({**_META, "indicator_name": "i.8-5-2-title"}),
    },
}


def _archive(site: Path, inside: str = "") -> Path:
    """Return a ZIP archive of a site, below a folder as GitHub makes it."""
    path = site.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in site.rglob("*.*"):
            archive.write(file, f"{inside}{file.relative_to(site)}")
    return path


@pytest.mark.parametrize("files", [_REPOSITORY, *_PUBLISHED.values()], ids=["data", *_PUBLISHED])
@pytest.mark.parametrize("form", ["folder", "archive", "archive of a folder"])
def test_each_form_of_a_site_has_the_same_values(
    files: dict[str, str], form: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """A repository, each published form and an archive of it give the same observations."""
    site = write_site(files)
    path = site if form == "folder" else _archive(site, "site-main/" if "of" in form else "")
    assert reader_of(path).name == "open-sdg"
    rows = read_site(path)
    assert [(row.value, row.unit, row.name) for row in rows] == [
        ("7.5", "Per cent", "Jobless"),
        ("8.1", "Per cent", "Jobless"),
    ]
    assert not read_site.problems


def test_the_names_of_a_published_site_are_in_its_languages(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """A site with a folder for each language gives its names in each; keys are no names."""
    read_site(write_site(_PUBLISHED["languages"]))
    names = read_site.select("SELECT ?name (LANG(?name) AS ?tag) { ?i skos:prefLabel ?name }")
    assert set(names) == {("Jobless", "en"), ("Chômeurs", "fr")}


def test_totals_are_read_where_only_they_are_published(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """The records of `headline` are read if there is no complete table, and that is reported."""
    records = json.dumps([{"Year": 2019, "Value": 7.5}, {"Year": 2020, "Value": 8}])
    rows = read_site(write_site({"headline/8-5-2.json": records}))
    assert [row.value for row in rows] == ["7.5", "8"]
    assert read_site.codes() == ["totals-only"]


def test_the_export_of_a_site_is_read(write_site: WriteSite, read_site: ReadSite) -> None:
    """`zip/all_indicators.zip`, alone or in its site, gives the values of the tables in it."""
    export = _archive(write_site({"indicator_8-5-2.csv": _TABLE}))
    assert [row.value for row in read_site(export)] == ["7.5", "8.1"]


def test_a_site_with_only_its_export_is_read(
    tmp_path: Path, write_site: WriteSite, read_site: ReadSite
) -> None:
    """A published site without `data` is read from the archive that it offers."""
    export = _archive(write_site({"8-5-2.csv": _TABLE}))
    site = tmp_path / "published"
    (site / "zip").mkdir(parents=True)
    export.rename(site / "zip" / "all_indicators.zip")
    (site / "meta").mkdir()
    (site / "meta" / "8-5-2.json").write_text(json.dumps(_META))
    assert [row.name for row in read_site(site)] == ["Jobless", "Jobless"]


def test_every_file_of_the_data_is_read_or_reported(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """A file that the site does not publish is left out by name; none is skipped in silence."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": _TABLE,
            "data/8-5-2.csv": _TABLE,
            "data/Indicator_8-5-1.csv.csv": "Year,Value\n2020,1\n",
            "data/indicator_10_1_1.csv": "Year,Value\n2020,1\n",
            "data/old/indicator_1-1-1.csv": "Year,Value\n2020,1\n",
            "data/indicator_9-1-1.xlsx": "PK",
            "data/README.md": "About the data",
        }
    )
    assert sorted({row.match for row in read_site(site)}) == ["C080501", "C080502"]
    assert sorted(str(file) for file, _, code in read_site.problems if code == "no-indicator") == [
        "indicator_10_1_1.csv",
        "indicator_8-5-2.csv",
        "indicator_9-1-1.xlsx",
        "old/indicator_1-1-1.csv",
    ]


@pytest.mark.long
@pytest.mark.parametrize(
    "write",
    [
        lambda archive: archive.writestr("../data/indicator_1-1-1.csv", _TABLE),
        lambda archive: archive.writestr("/data/indicator_1-1-1.csv", _TABLE),
        lambda archive: archive.writestr("data/indicator_1-2-1.csv", b"0" * (513 << 20)),
    ],
    ids=["above", "absolute", "too large"],
)
def test_a_hostile_archive_is_refused(write: object, tmp_path: Path, read_site: ReadSite) -> None:
    """An archive that leaves its folder, or unpacks to more than the limit, is refused."""
    path = tmp_path / "site.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/indicator_8-5-2.csv", _TABLE)
        assert callable(write)
        write(archive)
    with pytest.raises(SourceUnreadable):
        read_site(path)


def test_a_part_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    """A part that unpacks to more bytes than the archive's directory states is refused."""
    path = tmp_path / "site.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/indicator_8-5-2.csv", "Year,Value\n" + "2020,1\n" * 1000)
    data = path.read_bytes()
    size = (len("Year,Value\n") + 7 * 1000).to_bytes(4, "little")
    path.write_bytes(data.replace(size, (20).to_bytes(4, "little")))
    with pytest.raises(SourceUnreadable):
        site_archives.unpack(path, tmp_path / "out", lambda _: True)


@pytest.mark.parametrize(
    ("table", "meta", "code"),
    [
        ("Year,Group,Value\n2015,A,1\n2015,B,3\n2015,,2\n2016,A,1\n2016,B,3\n", "", "placeholder"),
        ("Year,Group,Value\n2015,A,1\n2015,B,5\n2017,,15\n", "", "placeholder"),
        ("Year,Grade,Planet,Fruit,Value\n2010,,Mars,Apple,15.1\n", "", "demonstration"),
        ("Year,Value\n2015,0\n", "reporting_status: notstarted", "not-started"),
        (
            "Year,Group A,Group B,Value\n2018,a,,1\n2017,,b,2\n2016,,b,3\n",
            "reporting_status: notstarted",
            "not-started",
        ),
        ("Group,Value\nA,1\n", "", "no-series"),
        ("", "", "no-series"),
    ],
)
def test_files_of_the_template_are_refused(
    table: str, meta: str, code: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """Placeholders, also with changed numbers, the demonstration and filler have no values."""
    files = {"data/indicator_8-5-2.csv": table, "data/indicator_8-5-1.csv": "Year,Value\n2020,7\n"}
    assert len(read_site(write_site(files | {"meta/8-5-2.yml": meta}))) == 1
    assert read_site.problems == [("indicator_8-5-2.csv", None, code)]


@pytest.mark.parametrize(
    ("table", "meta"),
    [
        ("Year,Group,Value\n2015,A,1\n2015,C,3\n", ""),
        ("Year,Group,Value\n2015,A,1.5\n2015,B,30\n", ""),
        ("Year,Value\n2015,0\n", "reporting_status: complete"),
        ("Year,Value\n2015,47.5\n", "reporting_status: notstarted"),
    ],
)
def test_values_that_only_resemble_the_template_are_read(
    table: str, meta: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """Other groups, real numbers and indicators with data are no template."""
    files = {"data/indicator_8-5-2.csv": table, "meta/8-5-2.yml": meta}
    assert len(read_site(write_site(files))) == table.count("\n") - 1


def test_a_link_in_a_repository_leads_nowhere(
    tmp_path: Path, write_site: WriteSite, read_site: ReadSite
) -> None:
    """A table that is a link to a file outside the site is not read."""
    site = write_site(_REPOSITORY)
    outside = tmp_path / "secret.csv"
    outside.write_text(_TABLE)
    (site / "data" / "indicator_1-1-1.csv").symlink_to(outside)
    assert {row.match for row in read_site(site)} == {"C080502"}
