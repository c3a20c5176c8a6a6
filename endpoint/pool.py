"""The workers that evaluate queries."""

from urbansdg.endpoint.formats import Format


class Pool:
    """Killable worker processes."""

    async def ask(self, query: str, form: Format) -> bytes:
        """Return the whole answer to a query; raises the errors of `QueryError`."""
        raise NotImplementedError
