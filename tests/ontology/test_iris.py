"""The minting of IRIs."""

import sys

import pyoxigraph as ox

from urbansdg.ontology.iris import Iris

_IRIS = Iris("http://localhost:8000")


def test_any_key_makes_an_iri() -> None:
    """Whatever character a key has, the thing that it names has an IRI."""
    for number in (*range(0xD800), *range(0xE000, sys.maxunicode + 1)):
        assert ox.NamedNode(_IRIS.thing("policy", chr(number)))


def test_letters_of_any_script_are_kept() -> None:
    """The letters of all scripts stand in an IRI as they are; what may not is percent-encoded."""
    assert (
        _IRIS.thing("city", "서울-é-\U00020000")
        == "http://localhost:8000/id/city/서울-é-\U00020000"
    )
    assert _IRIS.thing("city", "a b\ufffd") == "http://localhost:8000/id/city/a%20b%EF%BF%BD"
