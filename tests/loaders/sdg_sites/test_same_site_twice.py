"""A site that is loaded again."""

from pathlib import Path

import pytest

from tests.loaders.sdg_sites.conftest import LOS_ANGELES, WriteSite
from urbansdg.loaders import LoadOptions, initialise, load
from urbansdg.store import GraphStore, Unchanged


@pytest.mark.long
def test_areas_that_a_site_has_stated_stay_as_they_are(
    tmp_path: Path, write_site: WriteSite
) -> None:
    """Loading a site twice changes nothing, also where it states areas of its city."""
    site = write_site(
        {
            "data/indicator_8-5-2.csv": "Year,Ward,Value\n2020,Venice,1\n2020,,2\n",
            "data/indicator_8-5-1.csv": "Year,Value\n2020,3\n",
            "meta/8-5-1.yml": "national_geographical_coverage: Los Angeles County\n",
        }
    )
    store = GraphStore.create(tmp_path / "var", "http://localhost:8000")
    initialise(store, "test")
    options = LoadOptions(city=LOS_ANGELES)
    first = load([site], store, "test", options=options)
    assert not first.problems
    again = load([site], store, "test", options=options)
    assert isinstance(again.outcome, Unchanged)
