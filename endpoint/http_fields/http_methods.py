"""The methods of HTTP that the endpoint takes (RFC 9110, section 9; RFC 5789)."""

from typing import Final

READING: Final = ("GET", "HEAD")
"""Methods that change nothing: those of every page and document."""

QUERYING: Final = ("GET", "HEAD", "POST")
"""Methods of a query (SPARQL 1.1 Protocol, section 2.1)."""

WRITING: Final = ("PUT", "POST", "DELETE", "PATCH")
"""Methods of the Graph Store Protocol that change a graph (section 5)."""

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
"""All of them, in the order in which Allow lists them."""
