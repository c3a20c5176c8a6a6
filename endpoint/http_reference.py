"""Prints docs/reference/http.md.

    python -m urbansdg.endpoint.http_reference > docs/reference/http.md

It describes an installation with the graph in versions on its own disk, which has every route.
"""

import sys
from pathlib import Path
from typing import Any

from urbansdg.endpoint.api_document import api_document
from urbansdg.endpoint.app import create_api, create_context
from urbansdg.endpoint.monitoring.metrics import Metrics
from urbansdg.endpoint.openapi.reference import reference_markdown
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.settings import read_settings
from urbansdg.store import GraphStore


def whole_document() -> dict[str, Any]:
    """Return the OpenAPI document of an installation that has every route."""
    with TemporaryFolder() as folder:
        settings = read_settings(data_dir=str(Path(folder) / "graph"))
        store = GraphStore.create(settings.data_dir, settings.base)
        context = create_context(settings, store)
        return api_document(create_api(context, Metrics(context)).routes)


if __name__ == "__main__":
    sys.stdout.write(reference_markdown(whole_document()))
