"""The reference engine: pyshacl, whose results define correctness."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rdflib import Graph, Literal
from rdflib.namespace import SH
from rdflib.term import Node

from urbansdg.shapes.model.property_paths import curie
from urbansdg.shapes.model.rdf_terms import term_of
from urbansdg.shapes.model.shape_profile import ShapeProfile
from urbansdg.shapes.model.validation_report import Result

_ENDING = "ConstraintComponent"


def run(data: Graph, profile: ShapeProfile) -> list[Result]:
    """Return pyshacl's results on the data.

    The data must be parsed without normalising literals (`rdf_terms.to_rdflib`).
    """
    import pyshacl  # slow to import, and most loads do not need it

    with _silent("pyshacl-validate"), _silent("rdflib.term"):
        _, report, _ = pyshacl.validate(
            data, shacl_graph=profile.graph, inference="none", inplace=True, meta_shacl=False
        )
        if not isinstance(report, Graph):
            raise TypeError(f"pyshacl returned {report} instead of a report")
        spelled = dict(_original_literals(data.objects()))
        return [_result(report, node, spelled) for node in report.objects(None, SH.result)]


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """Silence a logger that warns about every ill-typed literal, which the report already has."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _result(report: Graph, node: Node, spelled: dict[Node, Literal]) -> Result:
    focus, value = report.value(node, SH.focusNode, any=False), report.value(node, SH.value)
    if focus is None:
        raise TypeError("pyshacl returned a result without a focus node")
    component = str(report.value(node, SH.sourceConstraintComponent))
    name = component.removeprefix(str(SH)).removesuffix(_ENDING)
    path = report.value(node, SH.resultPath) if name == "Closed" else None
    return Result(
        str(report.value(node, SH.sourceShape)),
        name,
        term_of(spelled.get(focus, focus)),
        None if value is None else term_of(spelled.get(value, value)),
        None if path is None else curie(str(path)),
    )


def _original_literals(nodes: Iterable[Node]) -> Iterator[tuple[Node, Literal]]:
    """Yield the literals as pyshacl's report spells them, with the spelling in the data.

    pyshacl copies values to its report through rdflib, which normalises them.
    """
    for node in nodes:
        if isinstance(node, Literal) and node.datatype is not None:
            yield Literal(str(node), datatype=node.datatype), node
