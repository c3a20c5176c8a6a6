"""The command search: things by their words, names, codes and facets."""

from dataclasses import asdict
from typing import Annotated

import typer

from urbansdg.cli.common_options import AsForm, DataDir, Number, OutputFormat
from urbansdg.cli.output import print_json, print_table
from urbansdg.search.index_access import opened_index
from urbansdg.search.search_request import FILTERS, SearchRequest
from urbansdg.settings import read_settings
from urbansdg.store import open_store


def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]...", help="Words, a name, a code such as 11.2, or an IRI."),
    ] = None,
    *,
    narrow: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="FACET=CODE",
            help=f"Only things with this value, such as goal=11. Facets: {', '.join(FILTERS)}.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="The most results.")] = 20,
    language: Annotated[str, typer.Option(help="The preferred language of names.")] = "en",
    form: AsForm = OutputFormat.TEXT,
    number: Number = None,
    data_dir: DataDir = None,
) -> None:
    """Search the texts, names and codes of all things in the graph."""
    filters = _filters(narrow or [])
    store = open_store(read_settings(data_dir=data_dir))
    text = " ".join(words or [])
    request = SearchRequest(text, filters, limit=limit, language=language)
    with opened_index(store, number) as index:
        results = index.search(request)
    if form is OutputFormat.JSON:
        print_json(
            {
                "total": results.total,
                "results": [asdict(hit) for hit in results.hits],
                "facets": results.facets,
            }
        )
        return
    print_table(
        ("kind", "name", "IRI", "text"),
        ((hit.kind, hit.label, hit.iri, hit.snippet) for hit in results.hits),
    )
    print(f"{len(results.hits)} of {results.total} results")


def _filters(options: list[str]) -> dict[str, frozenset[str]]:
    """Return the codes of each facet; raises `BadParameter` for what is not FACET=CODE."""
    filters: dict[str, frozenset[str]] = {}
    for option in options:
        facet, equals, code = option.partition("=")
        if not equals or not code or facet not in FILTERS:
            known = ", ".join(FILTERS)
            raise typer.BadParameter(f"Expected FACET=CODE with one of these facets: {known}.")
        filters[facet] = filters.get(facet, frozenset()) | {code}
    return filters
