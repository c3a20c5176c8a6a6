"""The scripts in a page: a page has those of the site, and none of the data."""

import re


def scripts_of(page: str) -> list[str]:
    """Return the start tags of scripts in a page, except the one of the site and JSON-LD."""
    tags: list[str] = re.findall(r"<script\b[^>]*>?", page)
    known = ('<script src="/static/site.js"', '<script type="application/ld+json"')
    return [tag for tag in tags if not tag.startswith(known)]
