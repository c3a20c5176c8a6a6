"""Prints what OWL 2 RL finds contradictory in files of Turtle: `python closure.py FILE...`.

A process of its own, because owlrl binds rdflib's datatypes anew for everybody.
"""

import sys

import owlrl
from rdflib import OWL, RDF, Graph, URIRef

_ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


def contradictions(graph: Graph) -> list[str]:
    """Return the contradictions, and the members of nothing, under OWL 2 RL."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    nodes = [*graph.objects(None, _ERROR), *graph.subjects(RDF.type, OWL.Nothing)]
    return sorted(map(str, nodes))


if __name__ == "__main__":
    read = Graph()
    for file in sys.argv[1:]:
        read.parse(file)
    print("\n".join(contradictions(read)))
