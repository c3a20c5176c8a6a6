"""Opinions that are not published: ontology 0.3.0 accepted them as public data.

The gate refuses them now (`rule.opinion-not-published`). Those in the versions of an older release
are forgotten like persons (`urbansdg.store.privacy.redaction`).
"""

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.iris import concept
from urbansdg.ontology.namespaces import USDG
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

_STATE: Final = ox.NamedNode(USDG.moderationState)
_PUBLISHED: Final = ox.NamedNode(concept("moderation-state", "published"))


def unpublished_opinions(states: Iterable[RdfDataset]) -> frozenset[str]:
    """Return the IRIs of opinions that the newest state that has them does not call published.

    `states` are those of versions, the newest first. An opinion that was pending and is published
    now stays.
    """
    published, unpublished = set[ox.NamedNode](), set[ox.NamedNode]()
    for state in states:
        here: dict[ox.NamedNode, bool] = {}
        for quad in state.quads_for_pattern(None, _STATE, None, None):
            if isinstance(quad.subject, ox.NamedNode):
                is_published = here.get(quad.subject, True) and quad.object == _PUBLISHED
                here[quad.subject] = is_published
        known = published | unpublished
        published |= {opinion for opinion, is_public in here.items() if is_public} - known
        unpublished |= {opinion for opinion, is_public in here.items() if not is_public} - known
    return frozenset(opinion.value for opinion in unpublished)
