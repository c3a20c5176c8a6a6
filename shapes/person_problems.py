"""Problems of a change that brings persons: what the gate says of them, one problem each.

Who is a person is decided by `urbansdg.ontology.personal_data`.
"""

from collections.abc import Collection, Iterator
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity
from urbansdg.ontology.namespaces import USDGSH
from urbansdg.ontology.personal_data import (
    CODE,
    CONSENT,
    PersonFinding,
    PersonNode,
    PersonSign,
    PersonTerms,
    View,
    candidates,
    findings,
)
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes.model.property_paths import curie
from urbansdg.shapes.model.validation_report import Result

_MOST: Final = 100
"""The largest number of problems that are reported."""

_OFFICE: Final = (
    "Remove the person: every version is kept. Describe the office instead, as a"
    " vcard:Organization with vcard:fn, dcterms:source, and the page (vcard:hasURL), the form"
    " (usdg:contactForm) or the mailbox (vcard:hasEmail) that it publishes."
)
_ADDRESS_REMEDY: Final = (
    "Remove it, or give it to the office: a vcard:Organization with vcard:fn and dcterms:source,"
    " to which usdg:contact leads."
)
_AUTHOR_REMEDY: Final = (
    "Remove the author; usdg:authorRole gives the role. An organisation may be named by the IRI"
    " of an org:Organization in the graph."
)
_TEXTS: Final = {
    PersonSign.CLASS: ("The data describe a person: {term} is a class of persons.", _OFFICE),
    PersonSign.PROPERTY: ("The data describe a person: only persons have {term}.", _OFFICE),
    PersonSign.ADDRESS: (
        "A mailbox, telephone number or account ({term}) is not that of an office.",
        _ADDRESS_REMEDY,
    ),
    PersonSign.AUTHOR: (
        "The opinion names its author by {term}.",
        _AUTHOR_REMEDY,
    ),
    PersonSign.NAME: (
        "The office is named as a person is.",
        f'Give vcard:fn the function of the office, such as "Night bus office". {_OFFICE}',
    ),
    PersonSign.CONSENT: (
        "The data use {term}, which is deprecated: the graph no longer has persons.",
        f"Remove the consent. {_OFFICE}",
    ),
    PersonSign.CARD: (
        "The data describe a person without contact data: {term}.",
        "Remove the person, or describe an office.",
    ),
}


def personal_data_problems(
    state: RdfDataset,
    focus: Collection[str] | None = None,
    graphs: Collection[str] = (),
    suspects: Collection[str] | None = None,
) -> Iterator[tuple[Problem, Result]]:
    """Yield the persons in the union of a state's graphs, one problem each, in a fixed order.

    With `focus`, only persons among these things, and blank nodes in `graphs`. Where `suspects` is
    given and lacks `CODE`, no address has to be looked for beyond the known properties. No problem
    repeats a name or an address: problems are logged.
    """
    view = View(state)
    terms = PersonTerms.of(view)
    scanned = None if suspects is None or CODE in suspects else ()
    if focus is None or not terms.declared.isdisjoint(focus):
        by_node = findings(view, terms, suspects=scanned)
    else:
        by_node = findings(view, terms, set(map(ox.NamedNode, focus)), scanned)
        for graph in graphs:
            nameless = {
                node
                for node in candidates(View(state, ox.NamedNode(graph)), terms)
                if isinstance(node, ox.BlankNode)
            }
            by_node |= findings(view, terms, nameless, ())
    ordered = sorted(_owners(view, by_node), key=lambda finding: str(finding.node))
    yield from map(_problem, ordered[:_MOST])


def _owners(view: View, by_node: dict[PersonNode, PersonFinding]) -> Iterator[PersonFinding]:
    """Yield the findings without those on the parts of a person: a consent, an address."""
    persons = {node for node, finding in by_node.items() if finding.whole}
    for node, finding in by_node.items():
        owners = {quad.subject for quad in view.match(None, None, node)} - {node}
        if persons.isdisjoint(owners):
            yield finding


def _problem(finding: PersonFinding) -> tuple[Problem, Result]:
    message, remedy = _TEXTS[finding.sign]
    term = curie(finding.term)
    by_class = finding.sign in (PersonSign.CLASS, PersonSign.CARD) or finding.term == CONSENT
    path = "rdf:type" if by_class else term
    severity = Severity.WARNING if finding.sign is PersonSign.CARD else Severity.VIOLATION
    problem = Problem(
        f"{CODE}.{finding.sign}",
        message.format(term=term),
        remedy,
        Place(focus=finding.node.value, path=path),
        severity,
    )
    return problem, Result(USDGSH.PersonalData, "PersonalData", finding.node, None, path)
