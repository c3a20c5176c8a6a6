"""Files of RDF: every syntax, and files that are not RDF."""

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.pipeline.reader_registry import reader_of
from urbansdg.loaders.readers.rdf.rdf_file import RdfFile
from urbansdg.ontology.iris import Iris

_BASE = "http://localhost:8000"
_TRIPLES = [
    ox.Triple(
        ox.NamedNode("http://e/a"), ox.NamedNode("http://e/b"), ox.Literal("été", language="fr")
    ),
    ox.Triple(
        ox.NamedNode("http://e/a"),
        ox.NamedNode("http://e/b"),
        ox.Literal("1.50", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")),
    ),
]
_BOMB = (
    b"""<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [<!ENTITY a "aaaaaaaaaa">"""
    + b"".join(
        b'<!ENTITY %c "%s">' % (97 + level, b"&%c;" % (96 + level) * 10) for level in range(1, 12)
    )
    + b"""]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
<rdf:Description rdf:about="http://e/a"><e:b>&l;</e:b></rdf:Description></rdf:RDF>"""
)


@pytest.fixture
def context(tmp_path: Path) -> ReadContext:
    """Return a context in a folder of its own."""
    folder = tmp_path / "context"
    folder.mkdir()
    return ReadContext(folder, Iris(_BASE))


def _read(file: Path, context: ReadContext, graph: str | None = None) -> list[ox.Triple]:
    draft = RdfFile().read(file, graph, context)
    return [
        quad.triple
        for file_of_draft in draft.files
        for quad in ox.parse(path=str(file_of_draft), format=ox.RdfFormat.N_TRIPLES)
    ]


@pytest.mark.parametrize(
    ("ending", "form"),
    [
        ("ttl", ox.RdfFormat.TURTLE),
        ("nt", ox.RdfFormat.N_TRIPLES),
        ("nq", ox.RdfFormat.N_QUADS),
        ("trig", ox.RdfFormat.TRIG),
        ("rdf", ox.RdfFormat.RDF_XML),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ],
)
def test_every_syntax_gives_the_same_triples(
    tmp_path: Path, context: ReadContext, ending: str, form: ox.RdfFormat
) -> None:
    """A file of RDF is known by its ending, and every literal keeps its spelling."""
    file = tmp_path / f"things.{ending}"
    ox.serialize(_TRIPLES, str(file), format=form)
    assert set(_read(file, context)) == set(_TRIPLES)


def test_a_file_may_be_compressed(tmp_path: Path, context: ReadContext) -> None:
    """A file compressed with gzip is read like the one in it, into a graph of the same name."""
    file = tmp_path / "things.nt.gz"
    file.write_bytes(gzip.compress(ox.serialize(_TRIPLES, format=ox.RdfFormat.N_TRIPLES) or b""))
    assert set(_read(file, context)) == set(_TRIPLES)
    assert RdfFile().read(file, None, context).graph == "things"


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("broken.ttl", b"<http://e/a> <http://e/b> .\n", 1),
        ("broken.nt", b"<http://e/a> <http://e/b> <c> .\n", 1),
        ("second.ttl", b"<http://e/a> <http://e/b> 1 .\n\n<http://e/a> nonsense", 3),
        ("latin.ttl", b'<http://e/a> <http://e/b> "\xe9" .', 1),
        ("broken.jsonld", b"{", 1),
        ("broken.rdf", b"<rdf:RDF>", None),
        ("cut.nt.gz", gzip.compress(b"<http://e/a> <http://e/b> 1 ." * 100, mtime=0)[:-12], None),
    ],
)
def test_what_is_no_rdf_is_refused_with_its_line(
    tmp_path: Path, context: ReadContext, name: str, content: bytes, line: int | None
) -> None:
    """A file that cannot be parsed is refused, with the line where it breaks if it has one."""
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SourceUnreadable, match=name) as caught:
        _read(file, context)
    place = caught.value.reason.place
    assert place.file == name
    if line is not None:
        assert place.line == line


def test_an_entity_bomb_does_not_take_the_loader_down(tmp_path: Path, context: ReadContext) -> None:
    """RDF/XML with an entity bomb is refused, and the process that asked lives on."""
    file = tmp_path / "bomb.rdf"
    file.write_bytes(_BOMB)
    with pytest.raises(SourceUnreadable, match=r"bomb\.rdf cannot be read"):
        _read(file, context)


def test_a_remote_context_is_not_fetched(tmp_path: Path, context: ReadContext) -> None:
    """JSON-LD whose context is elsewhere is refused; nothing is fetched."""
    file = tmp_path / "remote.jsonld"
    file.write_text('{"@context": "http://127.0.0.1:9/context", "name": "x"}', "utf-8")
    with pytest.raises(SourceUnreadable, match=r"remote\.jsonld"):
        _read(file, context)


def test_named_graphs_are_merged_only_when_that_is_asked_for(
    tmp_path: Path, context: ReadContext
) -> None:
    """A file that names graphs of its own needs --graph, which puts them all into one."""
    file = tmp_path / "quads.nq"
    file.write_text("<http://e/a> <http://e/b> <http://e/c> <http://e/g> .\n", "utf-8")
    with pytest.raises(SourceUnreadable, match="names the graph <http://e/g>"):
        _read(file, context)
    assert len(_read(file, context, "mine")) == 1


def test_an_ill_typed_value_is_found_before_the_store_could_mend_it(
    tmp_path: Path, context: ReadContext
) -> None:
    """A literal outside the lexical space of its datatype is a problem with its node and path."""
    file = tmp_path / "dates.ttl"
    file.write_text(
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        '<http://e/a> <http://e/on> "2026-02-30"^^xsd:date , "2026-02-28"^^xsd:date .',
        "utf-8",
    )
    draft = RdfFile().read(file, None, context)
    assert not draft.whole
    assert [(problem.code, problem.value, problem.place.focus) for problem in draft.problems] == [
        ("ill-typed", "2026-02-30", "http://e/a")
    ]


_TRIPLE_TERM = "<<( <http://e/a> <http://e/b> <http://e/c> )>>"


_DIRECTED = """{"@id": "http://e/a", "http://e/on":
 {"@value": "x", "@language": "en", "@direction": "rtl"}}"""
_XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"
 rdf:version="1.2"><rdf:Description rdf:about="http://e/a"><e:on rdf:parseType="Triple">
<rdf:Description rdf:about="http://e/c"><e:d>v</e:d></rdf:Description></e:on>
</rdf:Description></rdf:RDF>"""


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        ("ttl", f"<http://e/a> <http://e/b> 1 ;\n <http://e/on> {_TRIPLE_TERM} ."),
        ("ttl", '<http://e/a> <http://e/on> "x"@en--ltr , "y"@en .'),
        ("nt", f"<http://e/a> <http://e/on> {_TRIPLE_TERM} ."),
        ("jsonld", _DIRECTED),
        ("rdf", _XML),
    ],
)
def test_a_term_of_rdf_1_2_is_refused_with_its_place(
    tmp_path: Path, context: ReadContext, ending: str, text: str
) -> None:
    """A triple term or a text with a direction is one problem with its node, path and file."""
    file = tmp_path / f"later.{ending}"
    file.write_text(text, "utf-8")
    draft = RdfFile().read(file, None, context)
    (problem,) = draft.problems
    assert not draft.whole
    assert problem.code == "rdf-1.2-term"
    assert problem.message.endswith("which is RDF 1.2: the dataset is RDF 1.1.")
    place = problem.place
    assert (place.file, place.focus, place.path) == (file.name, "http://e/a", "<http://e/on>")


@pytest.mark.parametrize("name", ["picture.png", "folder", "nothing.ttl"])
def test_what_no_reader_reads_is_named(tmp_path: Path, name: str) -> None:
    """A source that no reader knows, or that is not there, is named in the error."""
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceUnreadable, match=name):
        reader_of(tmp_path / name)
