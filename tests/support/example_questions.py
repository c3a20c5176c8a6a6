"""The bundled questions, asked of the example city: it has the facts that real cities lack."""

from typing import Final

from urbansdg.queries import CompetencyQuestion

_EXAMPLE: Final = {
    "contacts_of_city": {"city": "<id/city/example-haneul>"},
    "goals_of_cities": {"target": "sdg:11.2"},
    "opinions_on_policy": {"policy": "<id/policy/example-haneul-night-buses>"},
    "policies_within_means": {"code": '"KRW"', "most": "5000000"},
    "review_of_city": {"city": "<id/city/example-haneul>"},
}
"""The values of parameters that ask for the example, by question and parameter."""


def asked_of_example(question: CompetencyQuestion) -> str:
    """Return the query of a question with the parameters that ask for the example."""
    text = question.text
    for name, value in _EXAMPLE.get(question.name, {}).items():
        (parameter,) = (entry for entry in question.parameters if entry.name == name)
        values = f"VALUES ?{name} {{ {parameter.example} }}"
        assert values in text
        text = text.replace(values, f"VALUES ?{name} {{ {value} }}")
    return text
