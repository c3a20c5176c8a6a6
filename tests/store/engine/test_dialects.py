"""What engines spell in ways of their own, and how it is read."""

import json

import pytest

from urbansdg.store.engine.dialects import read_back, yes_or_no
from urbansdg.store.engine.engine_client import read_back as read_in_chunks

_XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [("150.3", "PT150S"), ("97200.0", "PT97200S"), ("-4.5", "-PT5S"), ("14", "P14M")],
)
def test_a_duration_of_virtuoso_has_its_value(spelling: str, meant: str) -> None:
    """A duration that Virtuoso gives as a number is read as that many seconds or months."""
    line = f'<urn:a> <urn:b> "{{}}"^^<{_XSD}duration> .'
    assert read_back(line.format(spelling).encode()).decode() == line.format(meant)
    cell = f'"datatype": "{_XSD}duration", "value": "{{}}"'
    assert read_back(cell.format(spelling).encode()).decode() == cell.format(meant)


def test_what_is_spelt_well_stays() -> None:
    """Terms that are spelt as RDF has them, and texts that look like others, stay as they are."""
    line = f'<urn:a> <urn:b> "P1Y2M"^^<{_XSD}duration>, "14", "1"^^<{_XSD}boolean> .'.encode()
    assert read_back(line) == line
    content = b'"datatype\\": \\"...'
    assert read_back(content) == content


def test_it_is_read_over_the_ends_of_chunks() -> None:
    """What is to be read otherwise is found wherever the chunks of an answer end."""
    line = f'<urn:a> <urn:b> "150.3"^^<{_XSD}duration> .\n'.encode() * 20
    for size in (1, 7, 64, 1_000):
        chunks = [line[start : start + size] for start in range(0, len(line), size)]
        assert b"".join(read_in_chunks(chunks)) == read_back(line)


@pytest.mark.parametrize(("cell", "meant"), [("1", True), ("0", False)])
def test_virtuosos_yes_is_a_yes(cell: str, meant: bool) -> None:  # noqa: FBT001  # the answer
    """The table with which Virtuoso answers ASK is read as yes or no; other answers stay."""
    content = json.dumps({"results": {"bindings": [{"__ASK_RETVAL": {"value": cell}}]}})
    answer = yes_or_no(content.encode())
    assert answer is not None
    assert (b"true" in answer) is meant
    assert yes_or_no(b'{"head": {}, "boolean": true}') is None
    assert yes_or_no(b"<html>") is None
