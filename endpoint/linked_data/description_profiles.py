"""The profiles of descriptions, and how a client requests one.

Source: Content Negotiation by Profile (W3C Working Draft): the header Accept-Profile and the
parameters `_profile` and `_mediatype`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from urbansdg.ontology.media_types import GEOJSON, GRAPHS, HTML, OWL_XML, Format
from urbansdg.ontology.namespaces import (
    ALTERNATES,
    PREFIXES,
    PROFILES,
    PROJECT,
    SCHEMA_HTTPS,
    expanded,
)

_RANGE: Final = re.compile(r"<([^<>\s]*)>\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?(?:,|$)")


@dataclass(frozen=True, slots=True, eq=False)  # each is one of those below
class DescriptionProfile:
    """A profile: its token for `_profile`, its IRI, its title, and its formats.

    With `page` it is available as HTML too.
    """

    token: str
    iri: str
    title: str
    forms: tuple[Format, ...] = GRAPHS
    page: bool = False

    def media_types(self) -> tuple[str, ...]:
        """Return its media types, the preferred one first."""
        pages = (HTML,) if self.page else ()
        return (*(form.media_type for form in self.forms), *pages)


OWN: Final = DescriptionProfile(
    "urbansdg", f"{PROJECT}ontology", "The vocabulary of this project", page=True
)
SCHEMA_ORG: Final = DescriptionProfile("schema", str(SCHEMA_HTTPS), "The vocabulary of schema.org")
PLACE: Final = DescriptionProfile(
    "geojson", "https://www.rfc-editor.org/info/rfc7946", "GeoJSON", forms=(GEOJSON,)
)
AXIOMS: Final = DescriptionProfile(
    "owl", PREFIXES["owl"].rstrip("#"), "OWL 2, as axioms", forms=(OWL_XML,)
)
DCAT: Final = DescriptionProfile("dcat", PREFIXES["dcat"], "DCAT 3, without statistics")
VOID: Final = DescriptionProfile("void", PREFIXES["void"], "VoID, without the catalogue")
LIST: Final = DescriptionProfile(
    "alt", ALTERNATES.rstrip("#"), "The available profiles and formats"
)


def preferred(
    accept_profile: str | None, offers: Sequence[DescriptionProfile]
) -> list[DescriptionProfile]:
    """Return the profiles that Accept-Profile requests, by descending weight."""
    matches = _RANGE.findall(accept_profile or "")
    weights = {iri.rstrip("#/"): float(weight or 1) for iri, weight in matches}
    profiles = [profile for profile in offers if weights.get(profile.iri.rstrip("#/"), 0) > 0]
    return sorted(profiles, key=lambda profile: -weights[profile.iri.rstrip("#/")])


def named(name: str, offers: Sequence[DescriptionProfile]) -> DescriptionProfile | None:
    """Return the profile with a token or IRI, None if it is not offered."""
    return next((profile for profile in offers if name in (profile.token, profile.iri)), None)


def links_of(
    page: str, offers: Sequence[DescriptionProfile], current: DescriptionProfile
) -> Iterator[str]:
    """Yield the values of Link for the profile of an answer, and for the other profiles."""
    yield f'<{current.iri}>; rel="profile"'
    for profile in offers:
        if profile is not current:
            media_type = profile.media_types()[0]
            yield (
                f'<{_address(page, profile)}>; rel="alternate"; type="{media_type}"; '
                f'profile="{profile.iri}"; formats="{profile.iri}"'
            )


def listed(iri: str, page: str, offers: Sequence[DescriptionProfile]) -> Iterator[Triple]:
    """Yield the list of representations of a thing: each profile in each of its formats."""
    thing = NamedNode(iri)
    for profile in offers:
        yield from _triples(
            NamedNode(profile.iri),
            {
                "rdf:type": NamedNode(PROFILES.Profile),
                "dcterms:title": Literal(profile.title, language="en"),
                "dcterms:identifier": Literal(profile.token),
            },
        )
        for media_type in profile.media_types():
            address = NamedNode(_address(page, profile, media_type))
            yield Triple(thing, NamedNode(f"{ALTERNATES}hasRepresentation"), address)
            yield from _triples(
                address,
                {
                    "rdf:type": NamedNode(f"{ALTERNATES}Representation"),
                    "dcterms:conformsTo": NamedNode(profile.iri),
                    "dcterms:format": Literal(media_type),
                },
            )
    default = offers[0]
    address = NamedNode(_address(page, default, default.media_types()[0]))
    yield Triple(thing, NamedNode(f"{ALTERNATES}hasDefaultRepresentation"), address)


def _address(page: str, profile: DescriptionProfile, media_type: str | None = None) -> str:
    """Return the address of a page in a profile, and in a format if given."""
    form = f"&_mediatype={quote(media_type, safe='/')}" if media_type else ""
    return f"{page}{'&' if '?' in page else '?'}_profile={profile.token}{form}"


def _triples(subject: NamedNode, pairs: Mapping[str, NamedNode | Literal]) -> Iterator[Triple]:
    for name, value in pairs.items():
        yield Triple(subject, NamedNode(expanded(name)), value)
