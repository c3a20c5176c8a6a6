"""Broken and hostile files of a site: each costs only what it holds, and never the load."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loaders.sdg_sites.conftest import ReadSite, WriteSite
from urbansdg.errors import SourceUnreadable

_GOOD = {"data/indicator_1-1-1.csv": "Year,Value\n2020,1\n"}
_FILES = (
    *("config_data.yml", "meta/8-5-2.yml", "meta/8-5-2.md", "meta/8-5-2.json", "meta/8-5-2.csv"),
    *("indicator-config/8-5-2.yml", "translations/en/data.yml", "translations/units.csv"),
    *("translations/translations.json", "data/indicator_8-5-2.csv", "data/8-5-1.json"),
    *("comb/8-3-1.json", "headline/8-2-1.json", "meta/all.json", "_config.yml"),
)
_PIECES = st.sampled_from(
    [
        *(
            "---\n",
            "a: b\n",
            "inputs:\n",
            "- ",
            "&x ",
            "*x",
            "{",
            "}",
            "[",
            "]",
            '"',
            "'",
            ",",
            ":",
        ),
        *("Year", "Value", "\n", "\t", "\x00", "1e999", "data", "../", "languages: [en]\n", "<b>"),
        *(
            "path_pattern: '/etc/*-*'\n",
            "class: InputCsvData\n",
            "src_dir: ..\n",
            "%",
            "!!python/x",
        ),
        *("2020", "null", "NaN", "\ufeff", "\ud7ff", "9" * 400, "indicator_name: 7\n", "\\u0000"),
    ]
)


@given(st.dictionaries(st.sampled_from(_FILES), st.lists(_PIECES, max_size=30), min_size=1))
def test_no_content_of_a_file_stops_the_load(pieces: dict[str, list[str]]) -> None:
    """Whatever the files of a site hold, its good table is read, or the site is refused."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "context").mkdir()
        files = {path: "".join(texts) for path, texts in pieces.items()} | _GOOD
        for path, text in files.items():
            target = folder / "site" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        rows = ReadSite(folder / "context")(folder / "site")
        assert "C010101" in {row.match for row in rows}


@pytest.mark.parametrize(
    "pattern", ["/etc/*-*", "../*-*.csv", "**x/*-*.csv", "", "data/[*-*.csv", "data/\x00*-*.csv"]
)
def test_a_pattern_that_leaves_the_site_is_ignored(
    pattern: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """An absolute, climbing or invalid path pattern of a configuration selects nothing."""
    config = f"inputs:\n- class: InputCsvData\n  path_pattern: {pattern!r}\n"
    site = write_site({**_GOOD, "config_data.yml": config})
    assert len(read_site(site)) == 1


@pytest.mark.parametrize("text", ["[" * 50_000, "{" * 50_000, "a: " + "[" * 20_000, "- " * 20_000])
@pytest.mark.parametrize("name", ["meta/1-1-1.yml", "meta/1-1-1.json", "config_data.yml"])
def test_deep_nesting_is_unreadable_metadata(
    name: str, text: str, write_site: WriteSite, read_site: ReadSite
) -> None:
    """A document that is nested too deeply is not read, and its values are."""
    assert len(read_site(write_site({**_GOOD, name: text}))) == 1


def test_a_table_that_cannot_be_read_is_left_out(
    write_site: WriteSite, read_site: ReadSite
) -> None:
    """A table with an open quote is reported with its row, and the others are read."""
    site = write_site({**_GOOD, "data/indicator_8-5-2.csv": 'Year,Value\n2020,"1\n2021,2\n'})
    assert len(read_site(site)) == 1
    assert [file for file, _, _ in read_site.problems] == ["indicator_8-5-2.csv"]


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, read_site: ReadSite) -> None:
    """A damaged archive is refused with one message."""
    path = tmp_path / "site.zip"
    path.write_bytes(b"PK\x03\x04 but no archive")
    with pytest.raises(SourceUnreadable):
        read_site(path)


def test_links_out_of_a_site_are_not_followed(
    write_site: WriteSite, read_site: ReadSite, tmp_path: Path
) -> None:
    """Names come from the files of the site, not from those that its links lead to."""
    outside = tmp_path / "outside"
    (outside / "en").mkdir(parents=True)
    (outside / "1-1-1.yml").write_text("indicator_name: Secret\n", "utf-8")
    (outside / "en" / "data.yml").write_text("Female: Secret\n", "utf-8")
    site = write_site({"data/indicator_1-1-1.csv": "Year,Sex,Value\n2020,Female,1\n"})
    (site / "meta").symlink_to(outside)
    (site / "translations").symlink_to(outside)
    (site / "data" / "indicator_1-1-2.csv").symlink_to(site / "data" / "indicator_1-1-2.csv")
    (observation,) = read_site(site)
    assert observation.value == "1"
    assert "Secret" not in str([*read_site.graph])


def test_aliases_that_multiply_are_unreadable(write_site: WriteSite, read_site: ReadSite) -> None:
    """A document of 2 kB whose aliases stand for 9^11 texts is not expanded."""
    keys = "abcdefghi"
    lines = ["l0: &l0 {" + ", ".join(f"{key}: x" for key in keys) + "}"]
    for level in range(1, 12):
        parts = ", ".join(f"{key}: *l{level - 1}" for key in keys)
        lines.append(f"l{level}: &l{level} {{{parts}}}")
    text = "\n".join(lines)
    files = {"data/indicator_1-1-1.csv": "Year,Value\n2020,1\n", "meta/1-1-1.yml": text}
    (observation,) = read_site(write_site(files | {"translations/en/data.yml": text}))
    assert observation.value == "1"
    assert "metadata-unreadable" in read_site.codes()


def test_a_pipe_in_a_site_is_not_opened(write_site: WriteSite, read_site: ReadSite) -> None:
    """A named pipe among the files of a site does not stop the load."""
    site = write_site({"data/indicator_1-1-1.csv": "Year,Value\n2020,1\n", "meta/1-1-2.md": ""})
    for name in ("meta/1-1-1.md", "data/indicator_1-1-3.csv"):
        os.mkfifo(site / name)
    assert [observation.value for observation in read_site(site)] == ["1"]
