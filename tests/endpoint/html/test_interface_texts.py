"""The texts of the interface: one for each key and language."""

import csv
from importlib.resources import files

import pytest

from urbansdg.endpoint.html.interface_texts import LANGUAGES


@pytest.mark.parametrize("name", ["words", "terms"])
def test_a_text_has_one_row_with_all_languages(name: str) -> None:
    """No key has two rows, and no row lacks a language or has more columns than the head."""
    text = files("urbansdg.endpoint.html").joinpath(f"{name}.csv").read_text("utf-8")
    head, *rows = csv.reader(text.splitlines())
    keys = [row[0] for row in rows]
    assert head == ["key", *LANGUAGES]
    assert sorted(set(keys)) == sorted(keys)
    assert [row[0] for row in rows if len(row) != len(head) or not all(row)] == []
