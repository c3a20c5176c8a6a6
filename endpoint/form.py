"""The page of `/sparql` for browsers: a form that sends a query."""

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from urbansdg.endpoint.context import Context
from urbansdg.ontology.names import PREFIXES, SDG

_EXAMPLE = f"""PREFIX usdg: <{PREFIXES["usdg"]}>
PREFIX dcterms: <{PREFIXES["dcterms"]}>
PREFIX skos: <{PREFIXES["skos"]}>

SELECT ?city ?title WHERE {{
  ?policy usdg:addressesTarget <{SDG}11.2> ;
          dcterms:title ?title ;
          usdg:leadCity/skos:prefLabel ?city .
}}
LIMIT 25"""


def query_page(context: Context) -> bytes:
    """Return the page, in HTML and UTF-8."""
    names = tuple(form.name for form in context.negotiation.results)
    return _page(names, context.iris.base)


@lru_cache(maxsize=8)
def _page(formats: tuple[str, ...], base: str) -> bytes:
    source = files("urbansdg.endpoint").joinpath("templates/sparql.html").read_text("utf-8")
    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
    return page.render(formats=formats, base=base, example=_EXAMPLE).encode()
