"""The page of `/sparql` for browsers: a form that sends a query."""

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.ontology.namespaces import PREFIXES, SDG

_EXAMPLE = f"""PREFIX usdg: <{PREFIXES["usdg"]}>
PREFIX dcterms: <{PREFIXES["dcterms"]}>
PREFIX skos: <{PREFIXES["skos"]}>

SELECT ?city ?title WHERE {{
  ?policy usdg:addressesTarget <{SDG}11.2> ;
          dcterms:title ?title ;
          usdg:leadCity/skos:prefLabel ?city .
}}
LIMIT 25"""


def query_page(context: Context, reader: LanguagePreference) -> bytes:
    """Return the page, in HTML and UTF-8."""
    names = tuple(form.name for form in context.negotiation.results)
    site = SiteLinks(context.iris.base, reader, "/sparql")
    return framed("sparql.html.jinja", site, crumbs=(), formats=names, example=_EXAMPLE)
