"""The command `audit`."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from urbansdg.audit import CrawlClient, CrawlLimits, as_earl, as_text, run_audit
from urbansdg.cli.exit_codes import Exit
from urbansdg.cli.output import plain, print_json


class AuditReportFormat(StrEnum):
    """The format of the findings."""

    TEXT = "text"
    JSON = "json"
    EARL = "earl"


def audit(
    url: Annotated[str, typer.Argument(metavar="URL", help="The URL of a site.")],
    *,
    form: Annotated[
        AuditReportFormat,
        typer.Option("--format", help="The format of the findings: text, JSON, or EARL in Turtle."),
    ] = AuditReportFormat.TEXT,
    base: Annotated[
        str | None,
        typer.Option(
            help="The base of the IRIs in its data, if the site is reached at another URL."
        ),
    ] = None,
    pause: Annotated[
        float, typer.Option(min=0, max=60, help="The pause between requests, in seconds.")
    ] = CrawlLimits().pause,
) -> int:
    """Check over HTTP how well a site publishes linked data: FAIR, and FOOPS! for its ontology.

    At most 150 requests are sent, all to the host of the URL. The exit code is 6 if a check failed.
    """
    visitor = CrawlClient(url, CrawlLimits(pause=pause))
    try:
        report = run_audit(visitor, base)
    finally:
        visitor.close()
    match form:
        case AuditReportFormat.TEXT:
            print(plain(as_text(report)))
        case AuditReportFormat.JSON:
            print_json(report.to_json())
        case AuditReportFormat.EARL:
            sys.stdout.write(as_earl(report).decode())
    return Exit.AUDIT if report.failed else Exit.DONE
