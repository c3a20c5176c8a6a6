"""Statements that an older release accepted and that no version may have.

These are terms of RDF 1.2, triple terms and texts with a direction: the dataset is RDF 1.1, and a
client that follows the event stream fails at one such term on a page, for good. Pages of changes
are also searched for opinions that a moderator has not published
(`urbansdg.store.privacy.unpublished_opinions`).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.personal_data import PersonNode
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.ontology.rdf11_terms import is_later

_ON_PAGE: Final = re.compile(
    rb'<<\(|"@[A-Za-z0-9-]+--(?:ltr|rtl)|vocab/moderation-state#(?!published>)'
)


def later_statements(
    state: RdfDataset, subjects: Iterable[PersonNode] | None = None
) -> Iterator[ox.Quad]:
    """Yield the statements with a term of RDF 1.2 on some subjects, or all of a state."""
    for subject in (None,) if subjects is None else subjects:
        for quad in state.quads_for_pattern(subject, None, None, None):
            if is_later(quad.object):
                yield quad


def is_suspicious(page: bytes) -> bool:
    """Return whether a page of changes, in N-Quads, may have such a statement."""
    return _ON_PAGE.search(page) is not None
