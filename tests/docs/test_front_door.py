"""The files that a newcomer meets first: changelog, citation, templates, hooks."""

import datetime as dt
import re
from pathlib import Path

import pytest
import yaml

import urbansdg

_RELEASE = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
_LINES = 60


@pytest.fixture
def changelog(root: Path) -> str:
    """Return the text of the changelog."""
    return (root / "CHANGELOG.md").read_text("utf-8")


def test_the_changelog_begins_with_what_is_unreleased(changelog: str) -> None:
    """The first section of the changelog is *Unreleased*; the others are releases with dates."""
    sections = re.findall(r"^## .*$", changelog, re.MULTILINE)
    assert sections[0] == "## [Unreleased]"
    assert len(_RELEASE.findall(changelog)) == len(sections) - 1


def test_a_release_is_short_and_sorted_by_kinds_of_change(changelog: str) -> None:
    """A release has at most sixty lines, under the kinds of change of Keep a Changelog."""
    parts = re.split(_RELEASE, changelog)
    for text in parts[3::3]:
        assert len(text.splitlines()) <= _LINES
        assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= _KINDS


def test_the_newest_release_is_the_version_of_the_package(root: Path, changelog: str) -> None:
    """Package, citation and changelog name one version, and one date of its release."""
    version, date = _RELEASE.findall(changelog)[0]
    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    assert urbansdg.__version__ == version == str(citation["version"])
    assert citation["date-released"] == date
    assert dt.date.fromisoformat(date)


def test_the_citation_has_what_its_format_requires(root: Path) -> None:
    """CITATION.cff has the keys that version 1.2.0 of the format requires, and the licence."""
    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["license"] == "Apache-2.0"
    assert {"title", "message", "authors"} <= set(citation)


@pytest.mark.parametrize("name", ["bug", "data", "question"])
def test_an_issue_has_a_template(root: Path, name: str) -> None:
    """Each kind of issue has a form, whose fields have an identifier and a label."""
    file = root / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml"
    form = yaml.safe_load(file.read_text("utf-8"))
    assert {"name", "description", "body"} <= set(form)
    assert all(field["id"] and field["attributes"]["label"] for field in form["body"])


def test_hooks_run_from_the_environment_of_the_project(root: Path) -> None:
    """The hooks before a commit are local: none is downloaded."""
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
    (local,) = hooks["repos"]
    assert [hook["id"] for hook in local["hooks"]] == ["ruff", "ruff-format", "mypy"]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in local["hooks"])
