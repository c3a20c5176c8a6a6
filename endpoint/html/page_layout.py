"""What all pages have: the frame around them, the way to them, and their other forms."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from urbansdg.endpoint.html import markup
from urbansdg.endpoint.html.locale_formats import moment, rounded, whole
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.ontology.media_types import GRAPHS, Format

_NAMES: Final = {"ttl": "Turtle", "jsonld": "JSON-LD", "nt": "N-Triples", "rdf": "RDF/XML"}

Crumbs = tuple[tuple[str, str], ...]
"""The way to a page: texts with their addresses, without the home page and the page itself."""


@dataclass(frozen=True, slots=True)
class AlternateFormat:
    """A form of RDF that a document has too, and its address."""

    name: str
    media_type: str
    href: str


def forms_at(site: SiteLinks, path: str) -> list[AlternateFormat]:
    """Return the forms of RDF of the document at a path of this server."""
    wanted = (form for form in GRAPHS if form.extension in _NAMES)
    return [
        AlternateFormat(_NAMES[form.extension], form.media_type, _address(site, path, form))
        for form in wanted
    ]


def _address(site: SiteLinks, path: str, form: Format) -> str:
    joint = f"&format={form.extension}" if "?" in path else f".{form.extension}"
    return site.root + path + joint


@cache
def _templates() -> Environment:
    """Return the templates; whatever they are given is escaped."""
    made = Environment(
        loader=PackageLoader("urbansdg.endpoint"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # they are part of the program
    )
    for each in (markup.link, markup.value, markup.marks, markup.tag, markup.table):
        made.globals[each.__name__] = each
    return made


def framed(
    template: str,
    site: SiteLinks,
    *,
    crumbs: Crumbs | None = None,
    forms: Iterable[AlternateFormat] = (),
    version: int | None = None,
    **given: object,
) -> bytes:
    """Return a page made of a template, in UTF-8; whatever it is given is escaped."""
    page = _templates().get_template(template)
    locale = site.words.locale
    return page.render(
        site=site,
        at=site.at,
        t=site.words,
        crumbs=crumbs,
        forms=list(forms),
        version=version,
        count=lambda number: whole(number, locale),
        decimal=lambda number: rounded(number, locale),
        moment=lambda at: moment(at, locale),
        **given,
    ).encode()
