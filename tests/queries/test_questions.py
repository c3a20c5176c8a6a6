"""The bundled questions and their headers."""

import pyoxigraph as ox
import pytest

from urbansdg.queries import CompetencyQuestion, questions, read_question

_ALL = questions()
_BASE = "https://data.example.org/graphs"


@pytest.mark.parametrize("question", _ALL, ids=lambda question: question.name)
def test_the_columns_of_the_header_are_those_of_the_query(question: CompetencyQuestion) -> None:
    """The columns that a question's header names are the variables that its query selects."""
    solutions = ox.Store().query(question.query_for(_BASE))
    assert isinstance(solutions, ox.QuerySolutions)
    assert tuple(variable.value for variable in solutions.variables) == question.columns


@pytest.mark.parametrize("question", _ALL, ids=lambda question: question.name)
def test_the_example_of_a_parameter_stands_in_the_query(question: CompetencyQuestion) -> None:
    """The example that the header gives for a parameter is the term in the query's VALUES."""
    for parameter in question.parameters:
        lines = question.text.splitlines()
        prefixes = "\n".join(line for line in lines if line.startswith("PREFIX"))
        query = f"BASE <{_BASE}/>\n{prefixes}SELECT * {{ {parameter.clause} }}"
        (solution,) = ox.Store().query(query)  # type: ignore[misc]
        assert solution[0] == parameter.term(parameter.example, _BASE)
        assert question.text.count(parameter.clause) == 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * {}",
        "#+ question: a\n#+ question: b\n#+ columns: c\nSELECT ?c {}",
        "#+ question: a\nSELECT * {}",
        "#+ question: a\n#+ columns: c\n#+ parameter: target\nSELECT ?c {}",
        "#+ question: a\n#+ columns: c\n#+ parameter: t colour red which\nSELECT ?c {}",
        "#+ question: a\n#+ columns: c\n#+ parameter: t text red which\nSELECT ?c {}",
    ],
)
def test_a_header_that_lacks_something_is_refused(text: str) -> None:
    """A question without its words, its columns or a whole parameter is refused."""
    with pytest.raises(ValueError, match=r"question|parameter"):
        read_question("broken", text)
