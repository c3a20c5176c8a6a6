"""Terms of RDF 1.2 that an older release accepted leave all versions and pages of changes."""

from collections.abc import Callable
from datetime import UTC, datetime

from urbansdg.endpoint.history import change_history
from urbansdg.store import Change, Gate, GraphStore
from urbansdg.store.history.history_index import Changes, compressed, read_index, write_index
from urbansdg.store.versions.data_directory import DataDirectory

MakeChange = Callable[..., Change]
_U = "https://w3id.org/urbansdg/ontology#"
_STATES = "https://w3id.org/urbansdg/vocab/moderation-state#"
_PLAIN = "<urn:x> <urn:y> <urn:z> .\n"
_LATER = (
    "<urn:a> <urn:on> <<( <urn:a> <urn:b> <urn:c> )>> .\n",
    '<urn:a> <urn:on> "x"@en--rtl .\n',
)


def _opinion(key: str, state: str) -> str:
    return (
        f"<urn:{key}> <{_U}moderationState> <{_STATES}{state}> .\n"
        f"<urn:{key}> <http://www.w3.org/ns/oa#hasBody> <urn:{key}/body> .\n"
        f'<urn:{key}/body> <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> "On {key}."@en .\n'
    )


def _publish(store: GraphStore, *texts: str, make: MakeChange, gate: Gate) -> None:
    """Publish versions as an older release did, which searched for persons only."""
    for text in texts:
        store.publish(make(text), gate)
    DataDirectory(store.directory).persons.unlink()


def _pages(layout: DataDirectory) -> list[str]:
    with read_index(layout.catalogue) as index:
        return [content.decode() for _, _, content in index.pages()]


def _texts(store: GraphStore) -> list[str]:
    return [" ".join(map(str, store.read(version))) for version in store.versions()]


def test_terms_of_rdf_1_2_leave_versions_and_pages_of_changes(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A term that was added and removed again stays in no version, and on no page of changes."""
    _publish(
        graph_store,
        _PLAIN + "".join(_LATER),
        _PLAIN,
        make=make_change,
        gate=let_through,
    )
    layout = DataDirectory(graph_store.directory)
    change_history.build(graph_store, graph_store.current(), layout.catalogue)
    assert any("<<(" in page for page in _pages(layout))
    graph_store.remove_persons("tests")
    change_history.build(graph_store, graph_store.current(), layout.catalogue)
    pages = _pages(layout)
    assert pages
    assert not any("<<(" in text or "--rtl" in text for text in [*pages, *_texts(graph_store)])


def test_a_page_of_a_version_that_is_gone_is_repaired(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """Where the version of a page is pruned, the page loses the term and keeps the rest."""
    _publish(graph_store, _PLAIN, _PLAIN, make=make_change, gate=let_through)
    layout = DataDirectory(graph_store.directory)
    page = f"{_PLAIN}{''.join(_LATER)}{_opinion('one', 'rejected')}".encode()
    with write_index(layout.catalogue) as index, index.transaction():
        changes = Changes(99, datetime.now(UTC), None, 1, 1, "99")
        index.add(changes, [], [compressed(page)], 10)
    graph_store.remove_persons("tests")
    assert _pages(layout) == [_PLAIN]
