"""The page of `/sparql` for browsers: a form with the query, and its result or its error."""

from dataclasses import dataclass
from typing import Final

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.query.protocol_request import Parameters
from urbansdg.endpoint.results.result_address import ResultAddress
from urbansdg.endpoint.results.result_query import QueryResult
from urbansdg.endpoint.results.result_section import ResultSection, result_section
from urbansdg.endpoint.web.problem_details import Fault, advice_beside
from urbansdg.errors import Problem
from urbansdg.ontology.media_types import XLSX
from urbansdg.ontology.namespaces import PREFIXES, SDG
from urbansdg.store import ReadableGraph

_EXAMPLE: Final = f"""PREFIX usdg: <{PREFIXES["usdg"]}>
PREFIX dcterms: <{PREFIXES["dcterms"]}>
PREFIX skos: <{PREFIXES["skos"]}>

SELECT ?city ?title WHERE {{
  ?policy usdg:addressesTarget <{SDG}11.2> ;
          dcterms:title ?title ;
          usdg:leadCity/skos:prefLabel ?city .
}}
LIMIT 25"""
EDITOR_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of the page: its editor asks this site only."""

_LEAST_ROWS: Final = 8
_MOST_ROWS: Final = 24
_AROUND: Final = 2
_LONGEST_LINE: Final = 400


@dataclass(frozen=True, slots=True)
class QueryLine:
    """A line of a query beside an error: its number, and its text around the wrong place."""

    number: int
    before: str
    mark: str = ""
    after: str = ""
    is_wrong: bool = False


def query_page(
    context: Context,
    site: SiteLinks,
    parameters: Parameters,
    *,
    section: ResultSection | None = None,
    error: Fault | None = None,
) -> bytes:
    """Return the page, in HTML and UTF-8: the form, with a result or an error of the query."""
    problem = None if error is None else error.problem
    query = parameters.written or parameters.query
    text = _EXAMPLE if query is None else query
    address = address_of_query(site, parameters)
    formats = (*(form.name for form in context.negotiation.results), XLSX.name)
    hidden = [pair for pair in address.parameters if pair[0] != "query"]
    if parameters.version is not None:
        hidden.append(("version", str(parameters.version)))
    if site.reader.query_language:
        hidden.append(("lang", site.reader.query_language))
    return framed(
        "sparql.html.jinja",
        site,
        crumbs=(),
        version=None if section is None else section.result.version,
        formats=formats,
        query=text,
        current=_version_to_share(context, parameters, section),
        rows=min(max(text.count("\n") + 2, _LEAST_ROWS), _MOST_ROWS),
        is_asked=query is not None,
        is_short=address.is_short,
        hidden=hidden,
        section=section,
        problem=problem,
        status=None if error is None else error.status,
        advice=None if error is None else advice_beside(error, site),
        lines=[] if problem is None else lines_around(text, problem),
    )


def _version_to_share(
    context: Context, parameters: Parameters, section: ResultSection | None
) -> int | None:
    """Return the version that a link to the query names, None where there are no versions."""
    if not context.store.capabilities.keeps_versions:
        return None
    if section is not None:
        return section.result.version
    return parameters.version or context.snapshot().number


def address_of_query(site: SiteLinks, parameters: Parameters) -> ResultAddress:
    """Return the address of the result of a query, of its version if the request names one."""
    written = parameters.written or parameters.query
    pairs = [] if written is None else [("query", written)]
    pairs += [("default-graph-uri", iri) for iri in parameters.default_graphs or ()]
    pairs += [("named-graph-uri", iri) for iri in parameters.named_graphs or ()]
    pairs += list(parameters.limits)
    return ResultAddress.of(site, "/sparql", tuple(pairs), parameters.version)


def section_of_query(
    context: Context,
    result: QueryResult,
    store: ReadableGraph,
    address: ResultAddress,
    view: str,
) -> ResultSection:
    """Return the section of the page with the result of a query."""
    keeps = context.store.capabilities.keeps_versions
    return result_section(result, store, address, view=view, keeps_versions=keeps)


def lines_around(query: str, problem: Problem) -> list[QueryLine]:
    """Return the lines of a query around the place of a problem, none where it has no place."""
    wrong = problem.place.line
    lines = [line.removesuffix("\r") for line in plain(query).split("\n")]
    if wrong is None or not 1 <= wrong <= len(lines) + 1:
        return []
    column = int(problem.place.column or 1) - 1
    excerpt = []
    for number in range(max(1, wrong - _AROUND), min(len(lines), wrong + _AROUND) + 1):
        line = lines[number - 1]
        if number != wrong:
            excerpt.append(QueryLine(number, line[:_LONGEST_LINE]))
            continue
        start = max(0, column - _LONGEST_LINE // 2)
        end = column + max(1, _length_of_word(line[column:]))
        before, mark, after = line[start:column], line[column:end], line[end:][:_LONGEST_LINE]
        excerpt.append(QueryLine(number, before, mark or " ", after, is_wrong=True))
    return excerpt


def _length_of_word(text: str) -> int:
    word = text[:_LONGEST_LINE].split(maxsplit=1)
    return len(word[0]) if word and not text[:1].isspace() else 1
