"""Problems as values, and the exception tree."""

import inspect
import pickle

import pytest

from urbansdg import errors
from urbansdg.errors import Place, Problem, Severity, StoreBusy, UrbanSdgError, exceptions

_PROBLEM = Problem(
    "bad-number",
    "The latitude is not a number.",
    "Write it as 37.56.",
    Place(file="cities.csv", row=3, column="lat"),
    value="37,5,6",
)


def _classes() -> list[type[UrbanSdgError]]:
    classes = [UrbanSdgError]
    for kind in classes:
        classes.extend(kind.__subclasses__())
    return classes


def test_a_problem_says_place_message_and_remedy_on_one_line() -> None:
    """A problem says its place, its message, its remedy and its code on one line."""
    assert str(_PROBLEM) == (
        "cities.csv, row 3, column lat: The latitude is not a number. Write it as 37.56. "
        "[bad-number]"
    )


def test_a_problem_in_json_names_only_what_is_known() -> None:
    """A problem in JSON has the parts of its place that are known, and no others."""
    assert _PROBLEM.to_json() == {
        "code": "bad-number",
        "severity": "violation",
        "message": "The latitude is not a number.",
        "remedy": "Write it as 37.56.",
        "place": {"file": "cities.csv", "row": 3, "column": "lat"},
        "value": "37,5,6",
    }


def test_a_place_in_a_graph_names_focus_and_path() -> None:
    """A place in a graph names the focus node and the path."""
    assert str(Place(focus="http://x/city/1", path="usdg:country")) == (
        "<http://x/city/1>, path usdg:country"
    )


def test_an_error_is_its_own_problem_when_it_brings_none() -> None:
    """An exception without problems carries one: its own message and remedy under its code."""
    error = StoreBusy("Process 12 is writing.", "Wait for it.")
    assert error.problems == (Problem("store-busy", "Process 12 is writing.", "Wait for it."),)


@pytest.mark.parametrize("kind", _classes())
def test_an_error_crosses_a_process_boundary_whole(kind: type[UrbanSdgError]) -> None:
    """An exception that is pickled comes back with its class, message, remedy and problems."""
    error = kind("It stopped.", "Begin again.", problems=(_PROBLEM,))
    back = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert (type(back), str(back), back.reason, back.problems) == (
        kind,
        "It stopped.",
        error.reason,
        (_PROBLEM,),
    )


@pytest.mark.parametrize("kind", _classes())
def test_every_exception_is_drawn_exported_and_has_its_own_code(kind: type[UrbanSdgError]) -> None:
    """Every exception stands in the one drawing of the tree, is exported, and has its own code."""
    drawn = inspect.getdoc(exceptions) or ""
    assert kind.__name__ in drawn
    assert getattr(errors, kind.__name__) is kind
    assert [other.code for other in _classes()].count(kind.code) == 1


def test_the_severities_are_those_of_shacl() -> None:
    """The severities are SHACL's three."""
    assert [severity.value for severity in Severity] == ["violation", "warning", "info"]
