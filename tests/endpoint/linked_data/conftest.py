"""A client of the documents."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.server import Server, http_client


@pytest.fixture(scope="session")
def client(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of the server on the bundled data."""
    with http_client(serving.url) as client:
        yield client
