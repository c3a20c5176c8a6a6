"""Consent: whose data are theirs, what covers them, and how they leave the versions before."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.store import Change, Gate, GraphStore, Published, Unchanged, hold
from urbansdg.store.privacy import consent
from urbansdg.store.versions import checksums
from urbansdg.store.versions.data_directory import DataDirectory

MakeChange = Callable[..., Change]
_V = "http://www.w3.org/2006/vcard/ns#"
_U = "https://w3id.org/urbansdg/ontology#"
_A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_DATE = "^^<http://www.w3.org/2001/XMLSchema#date>"
_DAYS = ("2020-01-01", "2026-12-31")
_DAY = date(2026, 5, 1)


def _person(key: str, days: tuple[str, str] | None = _DAYS, home: str = "") -> str:
    home = home or key
    lines = [
        f"<urn:city> <{_U}contact> <urn:{key}> .",
        f"<urn:{key}> {_A} <{_V}Individual> .",
        f"<urn:{key}> <{_V}hasEmail> <mailto:{key}@secret.example> .",
        f"<urn:{key}> <{_V}hasAddress> _:{home} . _:{home} <{_V}locality> 'secret {key}' .",
        f"<urn:{key}> <http://www.w3.org/ns/org#memberOf> <urn:office> .",
    ]
    if days:
        lines += [
            f"<urn:{key}> <{_U}consent> <urn:{key}/consent> .",
            f'<urn:{key}/consent> <{_U}consentGiven> "{days[0]}"{_DATE} .',
            f'<urn:{key}/consent> <{_U}consentUntil> "{days[1]}"{_DATE} .',
        ]
    return "\n".join(lines).replace("'", '"').replace(" . _:", " .\n_:") + "\n"


_OFFICE = f"<urn:office> {_A} <{_V}Organization> .\n<urn:city> {_A} <{_U}City> .\n"


@pytest.fixture
def store(graph_store: GraphStore) -> GraphStore:
    """Return an empty graph, on a day in May."""
    return replace(graph_store, today=lambda: _DAY)


def _text(store: GraphStore, number: int) -> str:
    return "\n".join(map(str, store.read(store.version(number))))


def _publish(store: GraphStore, change: Change, gate: Gate) -> int:
    return store.publish(change, gate).version.number


@pytest.mark.parametrize(
    ("days", "covered"),
    [
        (("2020-01-01", "2026-05-01"), True),
        (("2026-05-01", "2026-05-01"), True),
        (("2020-01-01", "2026-04-30"), False),
        (("2026-05-02", "2030-01-01"), False),
        (("2020-01-01", "soon"), False),
        (("2020-01-01+09:00", "2026-05-01Z"), True),
        (None, False),
    ],
)
def test_a_consent_covers_its_days(days: tuple[str, str] | None, *, covered: bool) -> None:
    """A consent covers its first day, its last, and those between; nothing else covers any."""
    state = ox.Store()
    state.load(_person("kim", days).encode(), format=ox.RdfFormat.N_TRIPLES)
    assert consent.Consents.of(consent.View(state), ox.NamedNode("urn:kim")).cover(_DAY) is covered


def test_who_is_left_out_leaves_no_trace_but_all_others(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """With a person go mailbox, address, consent and what points there; the office stays."""
    text = _OFFICE + _person("old", ("2020-01-01", "2021-01-01")) + _person("kim")
    number = _publish(store, make_change(text), let_through)
    content = _text(store, number)
    assert "urn:old" not in content
    assert "old@secret" not in content
    assert "secret old" not in content
    assert "<urn:kim> " in content
    assert "kim@secret.example" in content
    assert f"<urn:office> {_A}" in content
    version = store.version(number)
    assert version.triples == len(store.read(version))
    assert version.graphs["http://localhost:8000/graph/things"].triples == 11


def test_what_a_person_no_longer_gives_leaves_the_versions_before(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A person who is removed, or told of otherwise, leaves older versions; these stay whole."""
    both = _OFFICE + _person("kim", home="one") + _person("lee", home="one")
    first = _publish(store, make_change(both), let_through)
    changed = _person("lee").replace("lee@secret", "lee@other")
    last = _publish(store, make_change(_OFFICE + changed), let_through)
    text = _text(store, first)
    assert "secret" not in text
    assert f"<urn:office> {_A}" in text
    assert "lee@other" in _text(store, last)
    assert store.version(first).mark == f"{first}.1"
    assert store.version(first).triples == len(store.read(store.version(first)))
    assert not any(checksums.damaged(version.path.parent) for version in store.versions())
    assert not DataDirectory(store.directory).redaction_due.exists()
    assert "urn:kim" in store.version(last).withdrawn
    assert not list(store.directory.glob("versions/*/trail.json"))


def test_a_rollback_brings_nobody_back_but_a_load_does(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """Going back to a version gives no withdrawn data; the source can be loaded again."""
    whole = make_change(_OFFICE + _person("kim"))
    first = _publish(store, whole, let_through)
    _publish(store, make_change(_OFFICE), let_through)
    back = store.rollback(first, "tests")
    assert "secret" not in _text(store, back.version.number)
    assert "kim@secret" in _text(store, _publish(store, whole, let_through))
    assert isinstance(store.publish(whole, let_through), Unchanged)


def test_a_rollback_counts_what_it_leaves_out(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """The record of a rollback counts the graphs as they are without those whose consent ended."""
    first = _publish(store, make_change(_OFFICE + _person("kim")), let_through)
    _publish(store, make_change(_OFFICE, graph="others"), let_through)
    later = replace(store, today=lambda: date(2027, 1, 1))
    back = later.rollback(first, "tests").version
    quads = later.read(back)
    assert "urn:kim" not in _text(later, back.number)
    assert back.triples == len(quads)
    assert {name: count.triples for name, count in back.graphs.items()} == {
        graph.value: sum(1 for _ in quads.quads_for_pattern(None, None, None, graph))
        for graph in quads.named_graphs()
        if isinstance(graph, ox.NamedNode)
        if next(quads.quads_for_pattern(None, None, None, graph), None)
    }


def test_a_consent_that_has_ended_meanwhile_is_forgotten(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """On the day after the last a new version lacks the person, and those before lack them too."""
    whole = make_change(_OFFICE + _person("kim", ("2020-01-01", "2026-05-01")))
    _publish(store, whole, let_through)
    assert isinstance(store.forget("tests"), Unchanged)
    later = replace(store, today=lambda: date(2026, 5, 2))
    ended = later.forget("tests")
    assert isinstance(ended, Published)
    assert not any("secret" in _text(store, version.number) for version in store.versions())
    assert isinstance(later.forget("tests"), Unchanged)
    assert isinstance(later.publish(whole, let_through), Unchanged)


def test_whom_the_shapes_let_pass_is_forgotten_all_the_same(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A person without any consent is forgotten, and so is one who is named."""
    _publish(store, make_change(_OFFICE + _person("bare", None) + _person("kim")), let_through)
    store.forget("tests")
    assert "kim@secret" in _text(store, store.current_number())
    store.forget("tests", frozenset({"urn:kim"}))
    assert not any("secret" in _text(store, version.number) for version in store.versions())


def test_a_redaction_that_was_cut_off_is_done_by_the_next_writer(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """Killed after the promotion, the versions before are revised when somebody writes again."""

    def die(step: str) -> None:
        if step == "promoted":
            raise KeyboardInterrupt

    first = _publish(store, make_change(_OFFICE + _person("kim")), let_through)
    with pytest.raises(KeyboardInterrupt):
        replace(store, observe=die).publish(make_change(_OFFICE), let_through)
    assert "kim@secret" in _text(store, first)
    store.forget("tests")
    assert "secret" not in _text(store, first)


def test_a_reader_keeps_what_it_has_open_until_it_lets_go(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """The files of the state before stay while somebody holds them, and go after that."""
    first = _publish(store, make_change(_OFFICE + _person("kim")), let_through)
    before = store.version(first).path
    with closing(hold(before)):
        _publish(store, make_change(_OFFICE), let_through)
        assert before.exists()
    _publish(store, make_change(_OFFICE + "<urn:x> <urn:y> <urn:z> .\n"), let_through)
    assert not before.exists()


def test_pages_of_changes_of_versions_that_are_gone_are_cleaned(
    store: GraphStore, make_change: MakeChange, let_through: Gate, tmp_path: Path
) -> None:
    """What was kept of a removed version for harvesters lacks the person too."""
    layout = DataDirectory(store.directory)
    page = layout.catalogue / "changes" / "0" / "1.nq"
    page.parent.mkdir(parents=True)
    text = (_OFFICE + _person("kim")).replace(" .\n", " <urn:member> .\n")
    page.write_text(text, "utf-8")
    _publish(store, make_change(_OFFICE + _person("kim")), let_through)
    shutil.rmtree(layout.versions / "0")
    assert "kim@secret" in page.read_text("utf-8")
    _publish(store, make_change(_OFFICE), let_through)
    assert "secret" not in page.read_text("utf-8")
    assert f"<urn:office> {_A}" in page.read_text("utf-8")


def test_who_has_no_name_is_a_person_too(
    store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A person given as a blank node, or as nothing but a mailbox, is held to consent as well."""
    nameless = _person("kim", ("2020-01-01", "2021-01-01")).replace("<urn:kim>", "_:kim")
    number = _publish(store, make_change(_OFFICE + nameless), let_through)
    assert "secret" not in _text(store, number)
    alone = f"<urn:bare> <{_V}hasEmail> <mailto:bare@secret.example> .\n"
    _publish(store, make_change(_OFFICE + alone), let_through)
    store.forget("tests")
    assert not any("secret" in _text(store, version.number) for version in store.versions())


@pytest.mark.parametrize(
    "thing", ["urn:a", "urn:a/consent", "urn:city", "urn:untyped", "urn:known"]
)
def test_the_same_persons_are_found_among_few_things_and_many(thing: str) -> None:
    """Whether few things have changed or many, the persons among them are the same."""
    state = ox.Store()
    more = (
        f"<urn:untyped> <{_V}hasEmail> <mailto:x@secret.example> .\n"
        f"<urn:known> {_A} <http://xmlns.com/foaf/0.1/Person> .\n"
        f'<urn:known> <http://xmlns.com/foaf/0.1/name> "secret" .\n'
    )
    state.load((_person("a") + _person("b") + _OFFICE + more).encode(), ox.RdfFormat.N_TRIPLES)
    subjects = {thing} | {f"urn:other:{number}" for number in range(1_000)}
    few = consent.persons(consent.View(state), frozenset({thing}))
    assert consent.persons(consent.View(state), frozenset(subjects)) == few
    assert bool(few) == (thing != "urn:city")
