"""What the shapes say for forms: names, order, groups, and editors of DASH."""

from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

import pytest
from rdflib import RDF, XSD, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH
from rdflib.term import Node

from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.shapes.model.shape_profile import PROFILES, read_profile

DASH = PREFIXES["dash"]
EDITOR, VIEWER = URIRef(f"{DASH}editor"), URIRef(f"{DASH}viewer")
SHAPES = read_profile(PROFILES[-1]).graph


class Field(NamedTuple):
    """A property shape at a class that it is about."""

    shape: Node
    kind: Node
    path: Node

    @property
    def place(self) -> Node:
        """What has a place in a form: a property, or a shape that is about several."""
        return self.path if isinstance(self.path, URIRef) else self.shape


def fields() -> Iterator[Field]:
    """Give every property shape of every node shape."""
    for node in SHAPES.subjects(RDF.type, SH.NodeShape):
        for kind in SHAPES.objects(node, SH.targetClass):
            for shape in SHAPES.objects(node, SH.property):
                path = SHAPES.value(shape, SH.path)
                assert path is not None
                yield Field(shape, kind, path)


def languages(node: Node, predicate: URIRef) -> list[str]:
    """Return the languages of the texts of a node."""
    texts = (label for label in SHAPES.objects(node, predicate) if isinstance(label, Literal))
    return sorted(str(label.language) for label in texts)


@pytest.fixture(scope="module")
def dash() -> Graph:
    """Return the DASH vocabulary, which pyshacl ships."""
    text = files("pyshacl").joinpath("assets/dash.ttl").read_text("utf-8")
    return Graph().parse(data=text, format="turtle")


def test_every_property_shape_can_stand_in_a_form() -> None:
    """Every property shape has an English name, a place, a group, and what it says."""
    for shape in {field.shape for field in fields()}:
        assert languages(shape, SH.name) == ["en"], shape
        for predicate in (SH.order, SH.group, SH.severity, SH.message):
            assert len(set(SHAPES.objects(shape, predicate))) == 1, (shape, predicate)


def test_every_group_is_declared() -> None:
    """The groups are declared, and each has its own place."""
    groups = set(SHAPES.subjects(RDF.type, SH.PropertyGroup))
    assert set(SHAPES.objects(None, SH.group)) == groups
    orders = [SHAPES.value(group, SH.order) for group in groups]
    assert len(set(orders)) == len(groups)


def test_every_field_of_a_property_has_an_editor_and_a_viewer(dash: Graph) -> None:
    """Where a shape is about one property, DASH declares its editor and its viewer.

    A longer path is no place to write a value, and has neither.
    """
    for field in fields():
        editors, viewers = (
            list(SHAPES.objects(field.shape, predicate)) for predicate in (EDITOR, VIEWER)
        )
        if isinstance(field.path, URIRef):
            kinds = [dash.value(widget, RDF.type) for widget in (*editors, *viewers)]
            expected = [f"{DASH}SingleEditor", f"{DASH}SingleViewer"]
            assert [str(kind) for kind in kinds] == expected, field.shape
        else:
            assert editors == viewers == [], field.shape


def test_the_shapes_of_one_property_make_one_field() -> None:
    """Shapes of a class on one path agree on their field; two fields have two places."""
    texts: dict[tuple[Node, Node], set[object]] = defaultdict(set)
    places = set()
    for field in fields():
        about = (SH.name, SH.order, SH.group, EDITOR, VIEWER)
        facts = (
            tuple(sorted(map(str, SHAPES.objects(field.shape, predicate)))) for predicate in about
        )
        texts[field.kind, field.place].add(tuple(facts))
        places.add((field.kind, SHAPES.value(field.shape, SH.order)))
    assert [key for key, facts in texts.items() if len(facts) > 1] == []
    assert len(places) == len(texts)


def wanted_of(shape: Node) -> Iterator[Node]:
    """Give the datatypes and classes that a shape asks for, in alternatives too."""
    yield from SHAPES.objects(shape, SH.datatype)
    yield from SHAPES.objects(shape, SH["class"])
    for several in SHAPES.objects(shape, SH["or"]):
        for member in Collection(SHAPES, several):
            yield from wanted_of(member)


def test_an_editor_suits_what_its_shapes_ask_for() -> None:
    """A choice is offered of what is listed, a calendar for days, a form for parts with a shape."""
    described = set(SHAPES.objects(None, SH.targetClass))
    shapes_by_editor: dict[tuple[Node, Node, str], set[Node]] = defaultdict(set)
    listed = set()
    for field in fields():
        editor = str(SHAPES.value(field.shape, EDITOR)).removeprefix(DASH)
        shapes_by_editor[field.kind, field.path, editor].update(wanted_of(field.shape))
        if (field.shape, SH["in"], None) in SHAPES:
            listed.add((field.kind, field.path))
    for (kind, path, editor), values in shapes_by_editor.items():
        assert (editor == "EnumSelectEditor") == ((kind, path) in listed), path
        assert editor != "DatePickerEditor" or values <= {XSD.date, XSD.dateTime}, path
        assert editor != "DetailsEditor" or (values and values <= described), path
        assert editor.endswith("WithLangEditor") == (RDF.langString in values), path
        assert editor != "AutoCompleteEditor" or values, path
