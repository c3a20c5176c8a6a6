"""The response to a query: the one place that decides its fields, its coding and its body.

The fast path sends it on the connection, `/sparql` by ASGI.
"""

from urbansdg.endpoint.query.parsed_request import ParsedRequest
from urbansdg.endpoint.query.response_headers import cache_status
from urbansdg.endpoint.web.compression import compress, compressed, is_short, is_worth_coding
from urbansdg.endpoint.web.http_response import HttpResponse
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer


def response_to(query: ParsedRequest, answer: WorkerAnswer) -> HttpResponse:
    """Return the response to a query with a worker's answer, compressed where that is worth it.

    It is streamed where the answer is not whole yet, or takes long to compress.
    """
    fields, coding = query.fields(answer), query.representation.coding
    status = cache_status(answer, repeats=query.representation.repeats)
    more: tuple[tuple[bytes, bytes], ...] = ((b"cache-status", status),)
    if coding is not None and is_worth_coding(len(answer.head)):
        more += ((b"content-encoding", coding.encode()),)
        if answer.is_whole and is_short(answer.head):
            return HttpResponse(200, fields, compress(answer.head, coding), more)
        return HttpResponse(200, fields, b"", more, compressed(answer.chunks(), coding))
    if answer.is_whole:
        return HttpResponse(200, fields, answer.head, more)
    return HttpResponse(200, fields, b"", more, answer.chunks())
