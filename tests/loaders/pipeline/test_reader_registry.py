"""How the reader of a source is found."""

from pathlib import Path

import pytest

from urbansdg.errors import LoadError, SourceUnreadable
from urbansdg.loaders.pipeline.reader_registry import ENTRY_POINTS, all_readers, reader_of

_GREEDY = """
class Greedy:
    name = "greedy"
    version = "1"

    def reads(self, path):
        return path.suffix == ".ttl"

READER = Greedy()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of installed distributions, one of which ships a reader."""
    (tmp_path / "greedy_reader.py").write_text(_GREEDY, "utf-8")
    metadata = tmp_path / "greedy-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: greedy\nVersion: 1\n", "utf-8")
    (metadata / "entry_points.txt").write_text(
        f"[{ENTRY_POINTS}]\ngreedy = greedy_reader:READER\n", "utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_every_reader_has_a_name_of_its_own() -> None:
    """No two readers have one name, for provenance and `--reader` tell them apart by it."""
    names = [reader.name for reader in all_readers()]
    assert len(names) == len(set(names)) >= 4


def test_an_installed_package_ships_a_reader(installed: Path) -> None:
    """A reader in the entry-point group `urbansdg.readers` is found beside our own."""
    assert "greedy" in {reader.name for reader in all_readers()}


def test_a_source_with_two_readers_is_not_read_by_chance(installed: Path) -> None:
    """Where two readers claim a source, the person is asked to name one with `--reader`."""
    file = installed / "some.ttl"
    file.write_text("", "utf-8")
    with pytest.raises(SourceUnreadable, match=r"Several readers .*: rdf, greedy"):
        reader_of(file)
    assert reader_of(file, "greedy").name == "greedy"


def test_an_unknown_reader_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    """A name that no reader has is refused with the names of all."""
    with pytest.raises(SourceUnreadable, match="Unknown reader: nonsense") as refused:
        reader_of(tmp_path, "nonsense")
    assert "natural-earth" in refused.value.reason.remedy


def test_a_broken_installed_reader_is_named(installed: Path) -> None:
    """A reader of another package that cannot be imported is named with its package."""
    (installed / "greedy-1.dist-info" / "entry_points.txt").write_text(
        f"[{ENTRY_POINTS}]\ngreedy = no_such_module:READER\n", "utf-8"
    )
    with pytest.raises(LoadError, match="greedy") as broken:
        list(all_readers())
    assert "no_such_module" in broken.value.reason.remedy


def test_a_file_that_is_not_there_is_reported_as_such(tmp_path: Path) -> None:
    """A source that does not exist is said not to exist, whatever its kind would be."""
    for name in ("none.ttl", "none.xlsx", "none"):
        with pytest.raises(SourceUnreadable, match=r"File not found: .*none"):
            reader_of(tmp_path / name)
