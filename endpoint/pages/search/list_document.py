"""A page of a list or of results in JSON: the total, the results, the counts of facets."""

import json
from collections.abc import Mapping

from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.search.list_request import ListRequest
from urbansdg.endpoint.pages.search.listed_things import ListedThings

ValueLabels = Mapping[tuple[str, str], PageValue]
"""The labels of values of facets, by facet and code."""


def list_document(
    listing: ListRequest, listed: ListedThings, things: ThingList, labels: ValueLabels
) -> bytes:
    """Return the document of a page; a list without an index has no kinds, snippets and facets."""
    hits = {hit.iri: hit for hit in listed.hits}
    results = []
    for iri in listed.iris:
        hit = hits.get(iri)
        results.append(
            {
                "iri": iri,
                "kind": hit.kind if hit else listing.kind,
                "label": things.named(iri).text,
                "snippet": hit.snippet if hit else "",
                "score": round(hit.score, 4) if hit else None,
            }
        )
    page = listing.page(listed.total)
    form = ("format", "json")
    links = {
        "next": page.after and listing.at(("page", str(page.number + 1)), form),
        "prev": page.before and listing.at(("page", str(page.number - 1)), form),
        "html": listing.at(("page", str(page.number))),
        "sparql": listing.query_address(),
    }
    document: dict[str, object] = {
        "total": listed.total,
        "page": page.number,
        "pages": page.last,
        "version": listing.snapshot.number,
        "results": results,
        "facets": {
            facet: [
                {"value": code, "label": labels[facet, code].text, "count": count}
                for code, count in values
            ]
            for facet, values in listed.facets.items()
        },
        "links": {rel: f"{listing.site.base}{href}" for rel, href in links.items() if href},
    }
    if listing.kind is None:
        document |= {"q": listing.parameters.words, "forgiving": listed.is_forgiving}
    return json.dumps(document, ensure_ascii=False).encode()
