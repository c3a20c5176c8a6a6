"""Tables by a mapping in RML, with engines that are programs of their own."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from urbansdg.cli.exit_codes import Exit
from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.rdf.rml import RmlEngine, apply_mapping
from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]
_CITY = "<http://localhost:8000/id/city/9999>"
_ENGINE = f"""
import csv, sys
mapping, output = sys.argv[1:]
assert open(mapping).read().startswith("# maps")
rows = csv.DictReader(open("cities.csv"))
with open(output, "w") as out:
    for row in rows:
        kind = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
        usdg, skos = "https://w3id.org/urbansdg/ontology#", "http://www.w3.org/2004/02/skos/core#"
        country = f'http://localhost:8000/id/country/{{row["in"]}}'
        out.write(f'{_CITY} <{{kind}}> <{{usdg}}City> .\\n')
        out.write(f'{_CITY} <{{skos}}prefLabel> "{{row["name"]}}"@en .\\n')
        out.write(f'{_CITY} <{{usdg}}country> <{{country}}> .\\n')
"""
_MAPPING = """# maps
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
<#cities> a rr:TriplesMap ;
    rml:logicalSource [ rml:source "cities.csv" ; rml:referenceFormulation ql:CSV ] ;
    rr:subjectMap [ rr:template "http://localhost:8000/id/city/{key}" ; rr:class usdg:City ] ;
    rr:predicateObjectMap [ rr:predicate skos:prefLabel ;
        rr:objectMap [ rml:reference "name" ; rr:language "en" ] ] ;
    rr:predicateObjectMap [ rr:predicate usdg:country ;
        rr:objectMap [ rr:template "http://localhost:8000/id/country/{in}" ] ] .
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """Return a mapping with the table that it maps, and an engine that knows this one mapping."""
    (tmp_path / "cities.csv").write_text("key,name,in\n9999,Newtown,KOR\n", "utf-8")
    (tmp_path / "engine.py").write_text(_ENGINE, "utf-8")
    (tmp_path / "towns.ttl").write_text(_MAPPING, "utf-8")
    return tmp_path / "towns.ttl"


def _python(*words: str) -> str:
    return shlex.join((sys.executable, *words))


Loaded = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def loaded(mapping: Path, graph: Path, urbansdg: Command) -> Loaded:
    """Return the command that loads the mapping, given the command of an engine."""
    words = ("load", "--rml", mapping, "--data-dir", graph)
    return lambda engine: urbansdg(*words, URBANSDG_RML_COMMAND=engine)


def test_an_engines_triples_go_through_the_gate(mapping: Path, graph: Path, loaded: Loaded) -> None:
    """What an engine makes by a mapping is validated and published under the mapping's name."""
    command = _python(str(mapping.parent / "engine.py"), "{mapping}", "{output}")
    done = loaded(command)
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    source = GraphStore.open(graph).current().graphs["http://localhost:8000/graph/towns"].source
    assert (source["name"], source["reader"]) == ("towns.ttl", "rml")
    (mapping.parent / "cities.csv").write_text("key,name,in\n9999,Newtown,XXX\n", "utf-8")
    refused = loaded(command)
    assert refused.returncode == Exit.PROBLEMS_IN_INPUT
    assert "usdg:country" in refused.stderr


@pytest.mark.parametrize(
    ("command", "seconds", "why"),
    [
        ("", 60, "no RML engine is configured"),
        ("no-such-engine {mapping}", 60, "cannot be started"),
        (_python("-c", "import sys; sys.exit('the table is gone')"), 60, "the table is gone"),
        (_python("-c", "pass"), 60, "wrote no output"),
        (_python("-c", "import time; time.sleep(600)"), 1, "longer than 1 seconds"),
    ],
)
def test_an_engine_that_fails_is_reported(
    mapping: Path, tmp_path: Path, command: str, seconds: int, why: str
) -> None:
    """An engine that is missing, fails, is silent or does not end is reported in one sentence."""
    with pytest.raises(SourceUnreadable, match=why):
        apply_mapping(mapping, RmlEngine(command, seconds), tmp_path)


def test_garbage_from_an_engine_is_refused(graph: Path, loaded: Loaded) -> None:
    """What is no N-Quads is refused with its line, and nothing is loaded."""
    write = "import sys; open(sys.argv[1], 'w').write('<a> <b> nonsense')"
    done = loaded(_python("-c", write, "{output}"))
    assert done.returncode == Exit.PROBLEMS_IN_INPUT
    assert "cannot be read" in done.stderr
    assert GraphStore.open(graph).current_number() == 1


_MORPH = Path(sys.prefix) / "morph" / "bin" / "python"


@pytest.mark.long
@pytest.mark.skipif(
    not _MORPH.exists(), reason="morph-kgc is not installed beside us (.ci/setup does it)"
)
def test_morph_kgc_is_an_engine(loaded: Loaded) -> None:
    """morph-kgc, in an environment of its own, maps the table as the documentation says."""
    done = loaded(shlex.join((str(_MORPH), "-m", "morph_kgc")) + " {config}")
    assert done.returncode == Exit.DONE, done.stderr
    assert done.stdout.startswith("Loaded towns: ")
