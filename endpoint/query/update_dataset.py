"""The dataset that a request gives to an update (SPARQL 1.1 Protocol, section 2.2.3)."""

from urbansdg.endpoint.web.problem_details import fault
from urbansdg.sparql.datasets.using_clauses import TwoDatasets, with_using


def with_dataset(update: str, default: tuple[str, ...], named: tuple[str, ...]) -> str:
    """Return the update with the dataset written into each of its operations.

    Raises `Fault` (400) where it has a USING or WITH of its own.
    """
    try:
        return with_using(update, default, named)
    except TwoDatasets:
        raise fault(
            400,
            "The update has its dataset in its text and in the request.",
            "Leave out USING and WITH, or using-graph-uri and using-named-graph-uri.",
        ) from None
