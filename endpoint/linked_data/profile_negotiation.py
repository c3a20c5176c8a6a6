"""The choice of the variant of a description: its profile and its form (RFC 9110, section 12).

The extension of the address fixes the form, and the parameter `_profile` the profile; otherwise
Accept and Accept-Profile select them. An unknown profile in Accept-Profile is ignored, as the draft
requires; in `_profile` it is answered with 406.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.requests import Request

from urbansdg.endpoint.linked_data.description_profiles import (
    AXIOMS,
    LIST,
    OWN,
    PLACE,
    DescriptionProfile,
    named,
    preferred,
)
from urbansdg.endpoint.web.content_negotiation import media_type_parameter
from urbansdg.endpoint.web.content_negotiation import preferred as accepted
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import GEOJSON, GRAPHS, HTML, OWL_XML, Format

EXTENSIONS: Final = {
    "html": None,
    **{form.extension: form for form in GRAPHS},
    GEOJSON.extension: GEOJSON,
    OWL_XML.extension: OWL_XML,
}
"""The extensions of addresses, with the format of each; None for HTML."""


@dataclass(frozen=True, slots=True)
class RequestedVariant:
    """The form of a document that the client gets: a format, or None for HTML; and its profile.

    It is `fixed` if the address determines it, so that the answer does not vary.
    """

    form: Format | None
    fixed: bool = False
    profile: DescriptionProfile = OWN

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        media_type = HTML if self.form is None else self.form.media_type
        return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type

    @property
    def vary(self) -> str:
        """The value of Vary, without Accept-Encoding."""
        chosen = [] if self.fixed else ["Accept", "Accept-Profile"]
        spoken = ["Accept-Language"] if self.form is None or self.form is GEOJSON else []
        return ", ".join([*chosen, *spoken])

    @property
    def extension(self) -> str:
        """The extension of the form's own address."""
        return "html" if self.form is None else self.form.extension


HERE: Final = RequestedVariant(None, fixed=True)
"""HTML at an address that has no other form."""


def variant(
    request: Request, offers: Sequence[DescriptionProfile] = (OWN,), extension: str | None = None
) -> RequestedVariant:
    """Return the variant that a request selects; raises `Fault`: 404 or 406.

    `offers` are the available profiles, the default first; `extension` is that of the address, if
    it stands for a form.
    """
    profiles = request.query_params.getlist("_profile")
    whole = (*offers, LIST)
    profile = named(profiles[0], whole) if profiles else None
    if profiles and (profile is None or len(profiles) > 1):
        known = ", ".join(profile.token for profile in whole)
        raise fault(406, f"Unknown profile {profiles[0]!r}.", f"Ask for one of: {known}.")
    if extension is not None:
        return _with_ending(extension, [profile] if profile else list(offers))
    types = request.query_params.getlist("_mediatype")
    accept = media_type_parameter(types[0]) if types else request.headers.get("accept")
    for wish in [(profile,)] if profile else _wished(request, offers):
        pair = _among(accept, wish)
        if pair is not None:
            return RequestedVariant(pair[0], bool(types), pair[1])
    raise _unacceptable(offers)


def _wished(
    request: Request, offers: Sequence[DescriptionProfile]
) -> list[tuple[DescriptionProfile, ...]]:
    """Return the groups of profiles to try in turn; the last has those sent without request."""
    header = ", ".join(request.headers.getlist("accept-profile"))
    defaults = tuple(profile for profile in offers if profile in (OWN, PLACE, AXIOMS))
    return [*((profile,) for profile in preferred(header, (*offers, LIST))), defaults]


@lru_cache(maxsize=512)
def _among(
    accept: str | None, profiles: tuple[DescriptionProfile, ...]
) -> tuple[Format | None, DescriptionProfile] | None:
    """Return the form and the profile that Accept prefers, None if none is acceptable.

    Comunica prefers N-Quads slightly, but then reads the default graph only. So formats that name
    graphs are sent only to clients that clearly prefer them.
    """
    forms: dict[str, tuple[Format | None, DescriptionProfile]] = {}
    offered = [(form, profile) for profile in profiles for form in profile.forms]
    for form, profile in offered:
        forms.setdefault(form.media_type, (form, profile))
    for form, profile in offered:
        for alias in form.aliases:
            forms.setdefault(alias, (form, profile))
    for profile in profiles:
        if profile.page:
            forms[HTML] = None, profile
    named = [
        profile for profile, (form, _) in forms.items() if form is not None and form.names_graphs
    ]
    best = accepted(accept, list(forms), reluctantly=named)
    return None if best is None else forms[best]


def _with_ending(extension: str, profiles: Sequence[DescriptionProfile]) -> RequestedVariant:
    form = EXTENSIONS[extension]
    for profile in profiles:
        if (form is None and profile.page) or form in profile.forms:
            return RequestedVariant(form, fixed=True, profile=profile)
    raise fault(404, f"There is no form {extension!r}.", "See the page for the forms.")


def _unacceptable(offers: Sequence[DescriptionProfile]) -> Fault:
    media_types = dict.fromkeys(
        media_type for offer in offers for media_type in offer.media_types()
    )
    known = ", ".join(sorted(media_types, key=lambda media_type: media_type != HTML))
    return fault(406, "No format of this document is accepted.", f"Accept one of: {known}.")
