"""The things that a parameter of a question can be."""

import sys
from pathlib import Path

from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.pages.lists.home_page import counts
from urbansdg.endpoint.questions.question_things import options_of
from urbansdg.endpoint.versions.version_follower import open_snapshot
from urbansdg.store import open_directory


def test_what_is_remembered_of_a_version_does_not_keep_it_open(bundled: Path) -> None:
    """The remembered options and counts leave a version to be closed when it is replaced."""
    store = open_directory(bundled)
    snapshot = open_snapshot(store, store.current())
    before = sys.getrefcount(snapshot.store)
    options = options_of(snapshot, "goal", store.base, LanguagePreference(query_language="ko"))
    counted = counts(snapshot.mark, snapshot.store)
    after = sys.getrefcount(snapshot.store)
    assert options
    assert counted
    assert after == before
