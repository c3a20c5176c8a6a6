"""The layout of all pages: the frame, the breadcrumbs, the links to other formats."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from urbansdg.endpoint.html import markup
from urbansdg.endpoint.html.interface_texts import name_of
from urbansdg.endpoint.html.locale_formats import decimal_text, moment, rounded, whole
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.ontology.media_types import GRAPHS, Format

_NAMES: Final = {"ttl": "Turtle", "jsonld": "JSON-LD", "nt": "N-Triples", "rdf": "RDF/XML"}

MENU: Final = (
    ("/policies", "policies"),
    ("/cities", "cities"),
    ("/goals", "goals"),
    ("/themes", "themes"),
    ("/compare", "compare"),
    ("/cooperation", "board"),
    ("/questions", "questions_short"),
    ("/dataset", "dataset"),
    ("/sparql", "ask"),
)
"""The main menu: the paths, and the keys of their texts."""

Crumbs = tuple[tuple[str, str], ...]
"""Breadcrumbs: texts with addresses, without the home page and the page itself."""


@dataclass(frozen=True, slots=True)
class AlternateFormat:
    """An RDF format of a document, and its address there."""

    name: str
    media_type: str
    href: str


def forms_at(site: SiteLinks, path: str) -> list[AlternateFormat]:
    """Return the RDF formats of the document at a path of this server."""
    listed_formats = (form for form in GRAPHS if form.extension in _NAMES)
    return [
        AlternateFormat(_NAMES[form.extension], form.media_type, _address(site, path, form))
        for form in listed_formats
    ]


def _address(site: SiteLinks, path: str, form: Format) -> str:
    joint = f"&format={form.extension}" if "?" in path else f".{form.extension}"
    return site.root + path + joint


@cache
def _templates() -> Environment:
    """Return the templates; all variables are escaped."""
    environment = Environment(
        loader=PackageLoader("urbansdg.endpoint"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # they are part of the program
    )
    for function in (
        markup.link,
        markup.value,
        markup.marks,
        markup.tag,
        markup.table,
        markup.code,
        markup.sections_of,
        markup.language_field,
    ):
        environment.globals[function.__name__] = function
    environment.globals["menu"] = MENU
    environment.globals["language_name"] = name_of
    return environment


def framed(
    template: str,
    site: SiteLinks,
    *,
    crumbs: Crumbs | None = None,
    forms: Iterable[AlternateFormat] = (),
    version: int | None = None,
    **fields: object,
) -> bytes:
    """Return a page from a template, in UTF-8; all variables are escaped."""
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
        number=lambda text: decimal_text(text, locale),
        decimal=lambda number: rounded(number, locale),
        moment=lambda at: moment(at, locale),
        **fields,
    ).encode()
