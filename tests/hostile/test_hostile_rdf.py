"""RDF that is meant to do harm, or names what is elsewhere."""

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.readers.rdf.rdf_file import RdfFile
from urbansdg.ontology.iris import Iris

Command = Callable[..., subprocess.CompletedProcess[str]]
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.fixture
def context(tmp_path: Path) -> ReadContext:
    """Return a context in a folder of its own."""
    folder = tmp_path / "context"
    folder.mkdir()
    return ReadContext(folder, Iris("http://localhost:8000"))


def _read(file: Path, context: ReadContext) -> list[ox.Triple]:
    draft = RdfFile().read(file, None, context)
    return [
        quad.triple for file_of_draft in draft.files for quad in ox.parse(path=str(file_of_draft))
    ]


def test_our_context_is_known_without_the_web(tmp_path: Path, context: ReadContext) -> None:
    """JSON-LD that names our context gets it from the package, alone or among others."""
    file = tmp_path / "city.jsonld"
    ours = "https://w3id.org/urbansdg/context.jsonld"
    for named in (ours, [ours, {"near": "http://e/near"}]):
        document = {"@context": named, "@id": "http://e/a", "prefLabel": {"en": "Seoul"}}
        file.write_text(json.dumps(document), "utf-8")
        (triple,) = _read(file, context)
        assert triple.predicate.value == "http://www.w3.org/2004/02/skos/core#prefLabel"
        assert triple.object == ox.Literal("Seoul", language="en")


def test_the_context_of_another_is_not_taken_for_ours(tmp_path: Path, context: ReadContext) -> None:
    """A context of the same name at another host is refused, and never fetched."""
    file = tmp_path / "city.jsonld"
    document = {"@context": "http://127.0.0.1:9/context.jsonld", "@id": "http://e/a", "note": "x"}
    file.write_text(json.dumps(document), "utf-8")
    with pytest.raises(SourceUnreadable, match="no context is fetched from elsewhere") as error:
        _read(file, context)
    (problem,) = error.value.problems
    assert "'http://127.0.0.1:9/context.jsonld'" in problem.message
    assert '{"@vocab": "http://schema.org/"}' in problem.remedy


def test_a_gzip_bomb_is_refused(tmp_path: Path, context: ReadContext) -> None:
    """What unpacks to a thousand times its size is refused before it is unpacked whole."""
    file = tmp_path / "bomb.nt.gz"
    file.write_bytes(gzip.compress(b"# nothing but a remark\n" * (6 << 20)))
    with pytest.raises(SourceUnreadable, match=r"decompresses to more than \d+ MiB"):
        _read(file, context)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
@pytest.mark.parametrize("entity", ['"text"', 'SYSTEM "file:///etc/passwd"'])
def test_entities_are_refused_with_their_place(
    tmp_path: Path, context: ReadContext, entity: str, encoding: str
) -> None:
    """RDF/XML that declares an entity is refused with the line and column of the declaration."""
    file = tmp_path / "entity.rdf"
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    head = f"{declaration}<!DOCTYPE r [\n  <!ENTITY a {entity}>]>\n"
    body = f'<r:RDF xmlns:r="{_RDF}"><r:Description r:about="http://e/a"/></r:RDF>'
    file.write_text(head + body, encoding)
    with pytest.raises(SourceUnreadable, match="declares an XML entity") as caught:
        _read(file, context)
    place = caught.value.reason.place
    assert (place.line, place.column) == (3, "3")


def test_a_file_of_rdf_xml_is_read_in_its_encoding(tmp_path: Path, context: ReadContext) -> None:
    """A file of RDF/XML in UTF-16 or ISO-8859-1, also compressed, is read by its declaration."""
    thing = '<r:Description r:about="urn:a"><b xmlns="urn:">Zürich</b></r:Description>'
    for encoding in ("UTF-16", "ISO-8859-1"):
        declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
        text = f'{declaration}<r:RDF xmlns:r="{_RDF}">{thing}</r:RDF>'.encode(encoding)
        for name, content in (("a.rdf", text), ("b.rdf.gz", gzip.compress(text))):
            (tmp_path / name).write_bytes(content)
            (triple,) = _read(tmp_path / name, context)
            assert triple.object == ox.Literal("Zürich")


def test_broken_xml_is_reported_with_its_line(tmp_path: Path, context: ReadContext) -> None:
    """RDF/XML that is not well-formed is refused with the line where it breaks."""
    file = tmp_path / "broken.rdf"
    file.write_text(f'<r:RDF xmlns:r="{_RDF}">\n<r:Description>\n</r:RDF>', "utf-8")
    with pytest.raises(SourceUnreadable) as caught:
        _read(file, context)
    assert caught.value.reason.place.line == 3


def test_a_shape_that_is_broken_is_traced_to_the_line_of_its_subject(
    graph: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """What the shapes say of a node of a Turtle file is told with the file and its line."""
    file = tmp_path / "bad.ttl"
    file.write_text(
        "@prefix usdg: <https://w3id.org/urbansdg/ontology#> .\n"
        "@prefix city: <http://localhost:8000/id/city/> .\n"
        "\n"
        "city:x2 a usdg:City .\n"
        "city:x a usdg:City .\n",
        "utf-8",
    )
    done = urbansdg("load", file, "--data-dir", graph, "--format", "json")
    assert done.returncode == 1
    places = [problem["place"] for problem in json.loads(done.stdout)["problems"]]
    lines = {(place["focus"].rpartition("/")[2], place["file"], place["line"]) for place in places}
    assert lines == {("x2", "bad.ttl", 4), ("x", "bad.ttl", 5)}


def test_relative_names_are_resolved_against_the_base_that_is_given(
    graph: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """Relative IRIs of a source are resolved against --base-uri."""
    (tmp_path / "note.ttl").write_text("<a> <b> <c> .", "utf-8")
    source = tmp_path / "note.ttl"
    done = urbansdg("load", source, "--data-dir", graph, "--base-uri", "http://e/d/")
    assert done.returncode == 0, done.stderr
    answer = urbansdg("query", "-", "--data-dir", graph, stdin="ASK { <http://e/d/a> ?p ?o }")
    assert answer.stdout == "yes\n"


def test_standard_input_is_loaded_in_the_syntax_that_is_named(
    graph: Path, urbansdg: Command
) -> None:
    """`load -` reads standard input in the syntax of --syntax, and needs it to be named."""
    triple = "<http://e/a> <http://e/b> <http://e/c> ."
    bare = urbansdg("load", "-", "--data-dir", graph, stdin=triple)
    assert bare.returncode == 2
    done = urbansdg(
        "load", "-", "--syntax", "ttl", "--graph", "piped", "--data-dir", graph, stdin=triple
    )
    assert done.returncode == 0, done.stderr
    query = "ASK { GRAPH <http://localhost:8000/graph/piped> { <http://e/a> ?p ?o } }"
    assert urbansdg("query", "-", "--data-dir", graph, stdin=query).stdout == "yes\n"
