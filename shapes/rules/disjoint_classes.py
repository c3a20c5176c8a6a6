"""The classes of which a thing has at most one, read from the OWL profile of the ontology."""

from functools import cache
from importlib.resources import files

import pyoxigraph as ox

from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.shapes.engine.solutions import solutions


@cache
def disjoint_classes() -> tuple[str, ...]:
    """Return the classes that the profile declares disjoint, in SPARQL syntax."""
    profile = ox.Store()
    text = files("urbansdg.ontology").joinpath("urbansdg-owl.ttl").read_bytes()
    profile.load(text, format=ox.RdfFormat.TURTLE)
    path = f"<{PREFIXES['owl']}members>/rdf:rest*/rdf:first"
    prefix = f"PREFIX rdf: <{PREFIXES['rdf']}>"
    rows = solutions(profile, f"{prefix} SELECT DISTINCT ?class {{ ?axiom {path} ?class }}")
    return tuple(sorted(str(row["class"]) for row in rows))
