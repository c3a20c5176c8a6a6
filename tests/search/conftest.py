"""What the tests of the search share: the index of the bundled graph."""

from pathlib import Path

import pytest

from urbansdg.search.index_build import index_folder, make_index
from urbansdg.search.index_folder import SearchIndex
from urbansdg.store import open_directory


@pytest.fixture(scope="package")
def index(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """Return the index of the bundled graph, which has the example."""
    store, catalogue = open_directory(bundled).on_disk(), tmp_path_factory.mktemp("catalogue")
    make_index(store, store.current(), catalogue)
    return SearchIndex.open(index_folder(catalogue, store.current_number()))
