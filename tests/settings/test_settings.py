"""Settings from the environment and from options."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from urbansdg.errors import SettingsError, Severity
from urbansdg.settings import PREFIX, Settings, read_settings, unknown_settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


def test_the_base_is_localhost_8000_by_default() -> None:
    """Without a setting the base URI is http://localhost:8000."""
    assert read_settings().base == "http://localhost:8000"


def test_an_option_stands_above_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that is given stands above the variable; one that is None does not."""
    monkeypatch.setenv("URBANSDG_PORT", "9001")
    assert read_settings(port=None).port == 9001
    assert read_settings(port=9002).port == 9002


def test_a_size_may_have_a_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size may be written with a unit."""
    monkeypatch.setenv("URBANSDG_QUERY_MEMORY", "512MiB")
    assert read_settings().query_memory == 512 * 2**20


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BASE", "localhost:8000"),
        ("BASE", "http://"),
        ("BASE", "http://x/?q"),
        ("BASE", "http://x/<a>"),
        ("BASE", "ftp://x"),
        ("PORT", "80000"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("QUERY_SECONDS", "0"),
        ("QUERY_SECONDS", "inf"),
        ("QUERY_SECONDS", "nan"),
        ("QUERY_MEMORY", "-1"),
        ("QUERY_MEMORY", "much"),
    ],
)
def test_a_setting_that_cannot_be_understood_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A setting that cannot be understood is an error that names the variable and its value."""
    monkeypatch.setenv(f"{PREFIX}{variable}", value)
    with pytest.raises(SettingsError, match=f"{PREFIX}{variable}") as caught:
        read_settings()
    assert [(problem.code, problem.value) for problem in caught.value.problems] == [
        ("bad-setting", value)
    ]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("QUERY_SECOND", "Did you mean URBANSDG_QUERY_SECONDS?"),
        ("query_secnods", "Did you mean URBANSDG_QUERY_SECONDS?"),
        ("XYZZY", "Remove it."),
    ],
)
def test_an_unknown_setting_is_reported_with_the_nearest_name(name: str, remedy: str) -> None:
    """A variable of ours that is no setting gives a warning with the nearest name that is one."""
    variables = {f"{PREFIX}{name}": "1", f"{PREFIX}port": "1", f"{PREFIX}BASE": "1", "HOME": "/"}
    (problem,) = unknown_settings(variables)
    assert (problem.code, problem.severity) == ("unknown-setting", Severity.WARNING)
    assert problem.message == f"Unknown setting: {PREFIX}{name}."
    assert problem.remedy.startswith(remedy)


def test_settings_cannot_be_changed() -> None:
    """The settings object is frozen."""
    with pytest.raises(ValidationError):
        read_settings().port = 1


def test_the_last_slash_of_a_base_does_not_count() -> None:
    """A base URI is the same with and without its last slash."""
    assert read_settings(base="https://data.example/sdg/").base == "https://data.example/sdg"


def test_the_table_of_settings_in_the_docs_is_the_code(root: Path) -> None:
    """The table in docs/reference/settings.md has every setting with its default and meaning."""
    text = (root / "docs" / "reference" / "settings.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith(f"| `{PREFIX}")]
    table = [tuple(cell.strip(" `") for cell in row.strip("|").split(" | ")) for row in rows]
    assert table == [
        (f"{PREFIX}{name.upper()}", _written(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]


def _written(value: object) -> str:
    """Return a default as the table shows it; one that is None or empty is not set."""
    text = value.human_readable() if hasattr(value, "human_readable") else str(value)
    return "not set" if value is None or not text else text
