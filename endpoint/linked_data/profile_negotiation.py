"""Which variant of a description is sent: its profile and its form (RFC 9110, section 12).

The ending of an address fixes the form, the argument `_profile` the profile; else Accept and
Accept-Profile choose. A profile that is not known is no reason to send nothing where the header
asks for it, so the default comes; where an address asks for it, the answer is 406.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.requests import Request

from urbansdg.endpoint.linked_data.description_profiles import (
    LIST,
    OWN,
    PLACE,
    DescriptionProfile,
    named,
    preferred,
)
from urbansdg.endpoint.web.content_negotiation import preferred as accepted
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import GEOJSON, GRAPHS, HTML, Format

EXTENSIONS: Final = {
    "html": None,
    **{form.extension: form for form in GRAPHS},
    GEOJSON.extension: GEOJSON,
}
"""The endings of addresses, with the form that each stands for; None for a page."""


@dataclass(frozen=True, slots=True)
class RequestedVariant:
    """The form in which a document is wanted: a format, or None for a page; and its profile.

    It is `fixed` by an address that has no other form, else the client chose it.
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
        """The headers of requests that the answer depends on, beside Accept-Encoding."""
        chosen = [] if self.fixed else ["Accept", "Accept-Profile"]
        spoken = ["Accept-Language"] if self.form is None or self.form is GEOJSON else []
        return ", ".join([*chosen, *spoken])

    @property
    def extension(self) -> str:
        """The ending of the document's own address."""
        return "html" if self.form is None else self.form.extension


HERE: Final = RequestedVariant(None, fixed=True)
"""A page at an address that has no other form."""


def variant(
    request: Request, offers: Sequence[DescriptionProfile] = (OWN,), extension: str | None = None
) -> RequestedVariant:
    """Return the variant that a request asks for; raises `Fault`: 404 or 406.

    `offers` are the profiles that there are, the default first; `extension` is the ending of the
    address, where it has one that stands for a form.
    """
    asked = request.query_params.getlist("_profile")
    whole = (*offers, LIST)
    profile = named(asked[0], whole) if asked else None
    if asked and (profile is None or len(asked) > 1):
        known = ", ".join(each.token for each in whole)
        raise fault(406, f"There is no profile {asked[0]!r} of this.", f"Ask for one of: {known}.")
    if extension is not None:
        return _with_ending(extension, [profile] if profile else list(offers))
    types = request.query_params.getlist("_mediatype")
    accept = types[0].replace(" ", "+") if types else request.headers.get("accept")
    for wish in [(profile,)] if profile else _wished(request, offers):
        found = _among(accept, wish)
        if found is not None:
            return RequestedVariant(found[0], bool(types), found[1])
    raise _unacceptable(offers)


def _wished(
    request: Request, offers: Sequence[DescriptionProfile]
) -> list[tuple[DescriptionProfile, ...]]:
    """Return the profiles to try, one after the other, at last all that need no asking for."""
    header = ", ".join(request.headers.getlist("accept-profile"))
    given = tuple(each for each in offers if each in (OWN, PLACE))
    return [*((each,) for each in preferred(header, (*offers, LIST))), given]


@lru_cache(maxsize=512)
def _among(
    accept: str | None, profiles: tuple[DescriptionProfile, ...]
) -> tuple[Format | None, DescriptionProfile] | None:
    """Return the form and the profile that Accept prefers among those, None for none.

    A client that follows links takes N-Quads first, and then looks into no graph but the default
    one; so what names graphs is for those who would rather have it than anything else.
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
    named = [each for each, (form, _) in forms.items() if form is not None and form.names_graphs]
    best = accepted(accept, list(forms), reluctantly=named)
    return None if best is None else forms[best]


def _with_ending(extension: str, profiles: Sequence[DescriptionProfile]) -> RequestedVariant:
    form = EXTENSIONS[extension]
    for profile in profiles:
        if (form is None and profile.page) or form in profile.forms:
            return RequestedVariant(form, fixed=True, profile=profile)
    raise fault(404, f"There is no form {extension!r} of this.", "Its page leads to those it has.")


def _unacceptable(offers: Sequence[DescriptionProfile]) -> Fault:
    media_types = dict.fromkeys(each for offer in offers for each in offer.media_types())
    known = ", ".join(sorted(media_types, key=lambda each: each != HTML))
    return fault(406, "No format of this document is accepted.", f"Accept one of: {known}.")
