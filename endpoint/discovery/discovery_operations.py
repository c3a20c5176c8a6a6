"""The OpenAPI operations of the dataset, dumps, events, linksets and crawling.

Sources: DCAT 3; VoID; LDES; TREE; RFC 9264 (linksets); RFC 4287 (Atom); sitemaps.org.
"""

from typing import Final

from urbansdg.endpoint.discovery.ldes import STREAM_FORMATS
from urbansdg.endpoint.openapi.operation import DescribedResponse, HttpOperation, HttpParameter
from urbansdg.endpoint.openapi.parameters import (
    ACCEPT_PROFILE,
    CANONICAL,
    EXTENSION,
    IF_NONE_MATCH,
    LANG,
    MEDIA_TYPE,
    NOT_MODIFIED,
    NUMBER,
    PROFILE,
    RDF_TYPES,
    path_parameter,
)
from urbansdg.ontology.media_types import (
    ATOM,
    BYTE_RANGES,
    GZIP,
    HTML,
    LINKSET,
    LINKSET_JSON,
    OPENSEARCH,
    TEXT,
    XML,
)

_KNOWN: Final = {304: NOT_MODIFIED, 308: CANONICAL}
_DATED: Final = ("ETag", "Last-Modified")

_DESCRIPTION: Final = DescribedResponse(
    "The description of the current version.",
    (*RDF_TYPES, HTML),
    (*_DATED, "Link", "Content-Location", "Urbansdg-Version"),
)
_ABOUT: Final = (
    "DCAT 3 and VoID: counts by class and property, links to other datasets, licences, quality, "
    "and downloads with their sizes and SHA-256 digests."
)
_CHOICE: Final = (PROFILE, LANG, IF_NONE_MATCH)
_NEGOTIATED: Final = (*_CHOICE, MEDIA_TYPE, ACCEPT_PROFILE)
_OF_DATASET: Final = {200: _DESCRIPTION, **_KNOWN}

_DATASET: Final = (
    HttpOperation(
        "GET",
        "/dataset",
        "Dataset",
        "Describe the dataset",
        _ABOUT,
        _NEGOTIATED,
        _OF_DATASET,
        (404, 406, 503),
    ),
    HttpOperation(
        "GET",
        "/dataset.{extension}",
        "Dataset",
        "Describe the dataset, in one form",
        _ABOUT,
        (EXTENSION, *_CHOICE),
        _OF_DATASET,
        (404, 406, 503),
    ),
    HttpOperation(
        "GET",
        "/.well-known/void",
        "Dataset",
        "Describe the dataset",
        "The well-known address of VoID (RFC 5785); the answer is that of `/dataset`.",
        _NEGOTIATED,
        _OF_DATASET,
        (404, 406, 503),
    ),
)

_DUMP: Final = path_parameter(
    "The name of the dump: `all.nq.gz`, `all.trig.gz`, or `graph/NAME.ttl.gz`; `/dataset` lists "
    "them. `changes.rdfp.gz` is what the version changed, as an RDF Patch.",
    "all.nq.gz",
    "name",
)
_DUMPS: Final = (
    HttpOperation(
        "GET",
        "/dumps/latest/{name:path}",
        "Dumps",
        "Redirect to a dump of the current version",
        "",
        (_DUMP,),
        {
            307: DescribedResponse("The dump is at Location.", headers=("Location",)),
            308: CANONICAL,
        },
        (404, 503),
    ),
    HttpOperation(
        "GET",
        "/dumps/{number:int}/{name:path}",
        "Dumps",
        "Download a dump of a version",
        "A dump of a version always has the same bytes. It is made when it is first requested. "
        "`changes.rdfp.gz` has the statements that the version removed and added against the one "
        "before (`application/rdf-patch`, gzip), sorted; it is not there for the largest changes.",
        (
            NUMBER,
            _DUMP,
            HttpParameter("Range", "A range of bytes (RFC 9110, section 14.2).", "header"),
            IF_NONE_MATCH,
        ),
        {
            200: DescribedResponse(
                "The dump.", (GZIP,), (*_DATED, "Content-Disposition", "Urbansdg-Version")
            ),
            206: DescribedResponse("A range of the dump.", (GZIP, BYTE_RANGES), _DATED),
            **_KNOWN,
        },
        (400, 404, 410, 416, 503),
    ),
)

_EVENT_TYPES: Final = tuple(form.media_type for form in STREAM_FORMATS)
_EVENTS: Final = (
    HttpOperation(
        "GET",
        "/events",
        "Events",
        "Read the view of the event stream",
        "Relations to the pages of the newest versions, and to a node with those of older ones "
        "(LDES, TREE); no members. A client that polls the view and follows new relations stays in "
        "sync.",
        (IF_NONE_MATCH,),
        {200: DescribedResponse("The view.", _EVENT_TYPES, _DATED), **_KNOWN},
        (406, 501, 503),
    ),
    HttpOperation(
        "GET",
        "/events/before/{number:int}",
        "Events",
        "Read a node that leads to older pages of the event stream",
        "Relations to the pages of 500 versions before this one, and to the node before them. The "
        "view, and each such node, name the next one.",
        (
            HttpParameter(
                "number",
                "The number of a version, a multiple of 500.",
                "path",
                {"type": "integer", "minimum": 500, "maximum": 10**9},
                example=500,
            ),
            IF_NONE_MATCH,
        ),
        {200: DescribedResponse("The node.", _EVENT_TYPES, ("ETag",)), **_KNOWN},
        (404, 406, 501, 503),
    ),
    HttpOperation(
        "GET",
        "/events/{number:int}/{page:int}",
        "Events",
        "Read a page of the event stream",
        "The things that a version created, changed or deleted, each with its new state.",
        (
            NUMBER,
            HttpParameter(
                "page",
                "The number of the page, from 1.",
                "path",
                {"type": "integer", "minimum": 1, "maximum": 10**9},
                example=1,
            ),
            IF_NONE_MATCH,
        ),
        {200: DescribedResponse("The page.", _EVENT_TYPES, _DATED), **_KNOWN},
        (404, 406, 501, 503),
    ),
)

_LINKSETS: Final = HttpOperation(
    "GET",
    "/linkset/{path:path}",
    "Linked data",
    "Read the typed links of a page",
    "The links of the header field Link, as a document of their own (RFC 9264, FAIR Signposting).",
    (
        path_parameter(
            "The path of the page with `.json` or `.txt` at its end.", "doc/city/1835848.json"
        ),
        IF_NONE_MATCH,
    ),
    {
        200: DescribedResponse(
            "The links.",
            (LINKSET_JSON, LINKSET),
            (*_DATED, "Urbansdg-Version"),
            {
                "type": "object",
                "required": ["linkset"],
                "properties": {"linkset": {"type": "array", "items": {"type": "object"}}},
            },
            {
                "linkset": [
                    {
                        "anchor": "http://localhost:8000/doc/city/1835848",
                        "describes": [{"href": "http://localhost:8000/id/city/1835848"}],
                    }
                ]
            },
        ),
        **_KNOWN,
    },
    (404, 414, 503),
)

_CRAWLING: Final = (
    HttpOperation(
        "GET",
        "/robots.txt",
        "Crawling",
        "Read the rules for crawlers",
        "RFC 9309.",
        responses={200: DescribedResponse("The file.", (TEXT,)), 308: CANONICAL},
    ),
    HttpOperation(
        "GET",
        "/sitemap.xml",
        "Crawling",
        "List the parts of the sitemap",
        "sitemaps.org: each document with the time of its last change.",
        (IF_NONE_MATCH,),
        {200: DescribedResponse("The index.", (XML,), _DATED), **_KNOWN},
        (501, 503),
    ),
    HttpOperation(
        "GET",
        "/sitemap/{number:int}/{part:int}.xml",
        "Crawling",
        "Read a part of the sitemap",
        "",
        (
            NUMBER,
            HttpParameter(
                "part",
                "The number of the part, from 1.",
                "path",
                {"type": "integer", "minimum": 1, "maximum": 10**9},
                example=1,
            ),
            IF_NONE_MATCH,
        ),
        {200: DescribedResponse("The part.", (XML,), _DATED), **_KNOWN},
        (404, 410, 501, 503),
    ),
    HttpOperation(
        "GET",
        "/feed.atom",
        "Crawling",
        "Read the feed of new policies",
        "RFC 4287.",
        (IF_NONE_MATCH,),
        {200: DescribedResponse("The feed.", (ATOM,), _DATED), **_KNOWN},
        (501, 503),
    ),
    HttpOperation(
        "GET",
        "/opensearch.xml",
        "Crawling",
        "Describe the search for browsers",
        "OpenSearch 1.1, draft 6.",
        responses={
            200: DescribedResponse("The description.", (OPENSEARCH,)),
            308: CANONICAL,
        },
    ),
)

DISCOVERY_OPERATIONS: Final = (*_DATASET, *_DUMPS, *_EVENTS, _LINKSETS, *_CRAWLING)
"""The operations of discovery."""
