"""The bundled questions, asked of the example city: it has the facts that real cities lack."""

from typing import Final

from urbansdg.queries import CompetencyQuestion

_EXAMPLE: Final = {
    "contacts_of_city": {"city": "example-haneul"},
    "goals_of_cities": {"target": "11.2"},
    "opinions_on_policy": {"policy": "example-haneul-night-buses"},
    "policies_within_means": {"code": "KRW", "most": "5000000"},
    "review_of_city": {"city": "example-haneul"},
}
"""The values of parameters that ask for the example, by question and parameter."""


def asked_of_example(question: CompetencyQuestion, base: str = "http://localhost:8000") -> str:
    """Return the query of a question with the parameters that ask for the example."""
    return question.query_for(base, _EXAMPLE.get(question.name))
