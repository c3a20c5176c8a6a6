"""The profiles that descriptions are given in, and how a client asks for one.

Source: Content Negotiation by Profile (W3C Working Draft): the header Accept-Profile and the
arguments `_profile` and `_mediatype` of an address.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from urbansdg.ontology.media_types import GEOJSON, GRAPHS, HTML, Format
from urbansdg.ontology.namespaces import ALTERNATES, PREFIXES, PROFILES, PROJECT, SCHEMA_HTTPS

_RANGE: Final = re.compile(r"<([^<>\s]*)>\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?(?:,|$)")


@dataclass(frozen=True, slots=True, eq=False)  # each is one of those below
class DescriptionProfile:
    """A profile: the token it has in an address, its IRI, its name, and the formats it comes in.

    With `page` it comes as a page for people too.
    """

    token: str
    iri: str
    title: str
    forms: tuple[Format, ...] = GRAPHS
    page: bool = False

    def media_types(self) -> tuple[str, ...]:
        """Return the media types it comes in, the preferred one first."""
        pages = (HTML,) if self.page else ()
        return (*(form.media_type for form in self.forms), *pages)


OWN: Final = DescriptionProfile(
    "urbansdg", f"{PROJECT}ontology", "The words of this project", page=True
)
SCHEMA_ORG: Final = DescriptionProfile("schema", str(SCHEMA_HTTPS), "The words of schema.org")
PLACE: Final = DescriptionProfile(
    "geojson", "https://www.rfc-editor.org/info/rfc7946", "GeoJSON", forms=(GEOJSON,)
)
DCAT: Final = DescriptionProfile("dcat", PREFIXES["dcat"], "DCAT 3, without statistics")
VOID: Final = DescriptionProfile("void", PREFIXES["void"], "VoID, without the catalogue")
LIST: Final = DescriptionProfile(
    "alt", ALTERNATES.rstrip("#"), "The profiles and formats that there are"
)


def preferred(
    accept_profile: str | None, offers: Sequence[DescriptionProfile]
) -> list[DescriptionProfile]:
    """Return the profiles that Accept-Profile asks for, the dearest first."""
    found = _RANGE.findall(accept_profile or "")
    weights = {iri.rstrip("#/"): float(weight or 1) for iri, weight in found}
    asked = [each for each in offers if weights.get(each.iri.rstrip("#/"), 0) > 0]
    return sorted(asked, key=lambda each: -weights[each.iri.rstrip("#/")])


def named(name: str, offers: Sequence[DescriptionProfile]) -> DescriptionProfile | None:
    """Return the profile of a token or an IRI, None where it is not offered."""
    return next((each for each in offers if name in (each.token, each.iri)), None)


def links_of(
    page: str, offers: Sequence[DescriptionProfile], given: DescriptionProfile
) -> Iterator[str]:
    """Yield the values of Link that name the profile of an answer, and its other profiles."""
    yield f'<{given.iri}>; rel="profile"'
    for profile in offers:
        if profile is not given:
            media_type = profile.media_types()[0]
            yield (
                f'<{_address(page, profile)}>; rel="alternate"; type="{media_type}"; '
                f'profile="{profile.iri}"; formats="{profile.iri}"'
            )


def listed(iri: str, page: str, offers: Sequence[DescriptionProfile]) -> Iterator[Triple]:
    """Yield the description of what there is on a thing: each profile in each of its formats."""
    thing = NamedNode(iri)
    for profile in offers:
        yield from _said(
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
            yield from _said(
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
    """Return the address of a page in a profile, and in one of its formats."""
    form = f"&_mediatype={quote(media_type, safe='/')}" if media_type else ""
    return f"{page}{'&' if '?' in page else '?'}_profile={profile.token}{form}"


def _said(subject: NamedNode, pairs: Mapping[str, NamedNode | Literal]) -> Iterator[Triple]:
    for name, value in pairs.items():
        prefix, _, local = name.partition(":")
        yield Triple(subject, NamedNode(PREFIXES[prefix] + local), value)
