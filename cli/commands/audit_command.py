"""The command audit."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from urbansdg.audit import CrawlClient, CrawlLimits, as_earl, as_text, run_audit
from urbansdg.cli.exit_codes import Exit
from urbansdg.cli.output import plain, print_json


class AuditReportFormat(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"
    EARL = "earl"


def audit(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of a site.")],
    *,
    form: Annotated[
        AuditReportFormat, typer.Option("--format", help="Text, JSON, or EARL in Turtle.")
    ] = AuditReportFormat.TEXT,
    base: Annotated[
        str | None,
        typer.Option(help="Base of the IRIs in its data, where it is asked at another address."),
    ] = None,
    pause: Annotated[
        float, typer.Option(min=0, max=60, help="Seconds between requests.")
    ] = CrawlLimits().pause,
) -> int:
    """Check over HTTP how well a site gives its linked data: FAIR, and FOOPS! on its ontology.

    Only the host of the URL is asked, at most 150 times. The exit code is 6 where a check failed.
    """
    visitor = CrawlClient(url, CrawlLimits(pause=pause))
    try:
        found = run_audit(visitor, base)
    finally:
        visitor.close()
    match form:
        case AuditReportFormat.TEXT:
            print(plain(as_text(found)))
        case AuditReportFormat.JSON:
            print_json(found.to_json())
        case AuditReportFormat.EARL:
            sys.stdout.write(as_earl(found).decode())
    return Exit.AUDIT if found.failed else Exit.DONE
