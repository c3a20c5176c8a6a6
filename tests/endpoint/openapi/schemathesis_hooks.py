"""How schemathesis writes the bodies that it does not know: SPARQL and RDF are text."""

import schemathesis

from urbansdg.ontology.media_types import GRAPHS

_TEXTS = ("application/sparql-query", "application/sparql-update")
_RDF = tuple(form.media_type for form in GRAPHS if form.name != "jsonld")


def _written(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Return a body of random text as it is, whatever is in it."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


for media_type in (*_TEXTS, *_RDF):
    schemathesis.serializer(media_type)(_written)
