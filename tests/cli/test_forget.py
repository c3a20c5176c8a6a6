"""`urbansdg forget`, `init` and `restore` on a graph of an older release that has a person."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.store import Change, Edit, GraphStore, Step
from urbansdg.store.publication import accept
from urbansdg.store.versions.data_directory import DataDirectory

Command = Callable[..., subprocess.CompletedProcess[str]]
_KIM = "http://localhost:8000/id/contact/kim"
_UPDATE = f"""
    PREFIX vcard: <http://www.w3.org/2006/vcard/ns#>
    INSERT DATA {{ GRAPH <http://localhost:8000/graph/people> {{
        <{_KIM}> a vcard:Individual ; vcard:fn "Kim Querida" ;
            vcard:hasEmail <mailto:quelle@city.example> .
        <urn:note> <urn:says> "Anything" }} }}"""


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Return a graph with a person, whom no gate has judged."""
    store = GraphStore.create(tmp_path / "graph", "http://localhost:8000")
    edit = Edit((Step("update", text=_UPDATE),), lambda _: None)
    store.publish(Change("tests", edit=edit), accept)
    DataDirectory(store.directory).persons.unlink()
    return store.directory


def test_forget_reports_what_it_removed_by_place(planted: Path, urbansdg: Command) -> None:
    """The report counts statements and versions, as JSON too; a second time nothing is there."""
    copy = Path(shutil.copytree(planted, planted.with_name("copy")))
    done = urbansdg("forget", "--data-dir", planted)
    assert done.returncode == 0
    assert "current version: 3" in done.stdout
    assert "rewritten versions: 3" in done.stdout
    assert "Querida" not in done.stdout
    assert urbansdg("forget", "--data-dir", planted).stdout.startswith("Nothing to remove")
    report = json.loads(urbansdg("forget", "--format", "json", "--data-dir", copy).stdout)
    assert report["version"] == 2
    assert report["removed"]["version 1"] == 3
    assert report["in_use"] == []


def test_forget_reports_texts_that_still_name_the_person(planted: Path, urbansdg: Command) -> None:
    """The report names the thing and the property of such a text, and repeats nothing of it."""
    text = """
        PREFIX dcterms: <http://purl.org/dc/terms/>
        INSERT DATA { GRAPH <urn:g> {
            <urn:one> dcterms:description "Ask KIM QUERIDA of the office."@en .
            <urn:two> dcterms:description "Write to quelle@city.example."@en .
            <urn:three> dcterms:description "Ask the office."@en } }"""
    edit = Edit((Step("update", text=text),), lambda _: None)
    GraphStore.open(planted).publish(Change("tests", edit=edit), accept)
    copy = Path(shutil.copytree(planted, planted.with_name("copy")))
    done = urbansdg("forget", "--data-dir", planted)
    places = [line.strip() for line in done.stdout.partition("edit them:")[2].splitlines()[1:]]
    described = "<http://purl.org/dc/terms/description>"
    assert places == [f"<urn:one> {described}", f"<urn:two> {described}"]
    assert "quelle" not in done.stdout
    report = json.loads(urbansdg("forget", "--format", "json", "--data-dir", copy).stdout)
    assert [mention["subject"] for mention in report["mentions"]] == ["<urn:one>", "<urn:two>"]


def test_forget_removes_a_thing_that_is_named(planted: Path, urbansdg: Command) -> None:
    """An IRI that is given leaves every version, though it is no person."""
    assert urbansdg("forget", "urn:note", "--data-dir", planted).returncode == 0
    assert "urn:note" not in urbansdg("dump", "--version", "1", "--data-dir", planted).stdout


def test_a_restored_backup_of_an_older_release_has_no_person(
    planted: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """A restore takes out persons whom the release of the backup accepted."""
    backup, restored = tmp_path / "backup.tar", tmp_path / "restored"
    assert urbansdg("backup", backup, "--data-dir", planted).returncode == 0
    assert b"Querida" in backup.read_bytes()
    assert urbansdg("restore", backup, "--data-dir", restored).returncode == 0
    files = [file.read_bytes() for file in restored.rglob("*") if file.is_file()]
    assert not any(b"Querida" in content for content in files)
    assert any(b"Anything" in content for content in files)


def test_a_version_names_no_login(planted: Path, urbansdg: Command) -> None:
    """The author of a version is the setting `agent`, or the option, and never the login name."""
    assert urbansdg("forget", "--data-dir", planted).returncode == 0
    store = GraphStore.open(planted)
    assert store.current().agent == "operator"
    assert any('"operator"' in str(quad) for quad in store.read(store.current()))
