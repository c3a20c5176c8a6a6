"""The command `urbansdg`, as its users run it: in a process of its own."""

import contextlib
import csv
import fcntl
import io
import json
import os
import pty
import re
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from importlib.metadata import version as installed
from pathlib import Path

import pyoxigraph as ox
import pytest

from urbansdg.cli.exit_codes import Exit
from urbansdg.store import GraphStore

Command = Callable[..., subprocess.CompletedProcess[str]]
_CITY = """
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://localhost:8000/id/city/1850147> a usdg:City .
<http://localhost:8000/id/city/new> a usdg:City ; skos:prefLabel "New"@en ;
    usdg:country <http://localhost:8000/id/country/JPN> .
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return a file of RDF about a new city."""
    file = tmp_path / "city.ttl"
    file.write_text(_CITY, "utf-8")
    return file


@pytest.mark.long
def test_the_command_tells_its_name_and_version(urbansdg: Command) -> None:
    """`--version` prints the name and the version that is installed."""
    done = urbansdg("--version")
    assert (done.returncode, done.stderr) == (Exit.DONE, "")
    assert done.stdout == f"urbansdg {installed('urbansdg')}\n"


@pytest.mark.parametrize(
    ("start", "heavy"),
    [
        (
            "cli.application import application; application(['versions'])",
            {"rdflib", "httpx", "fastapi"},
        ),
        (
            "cli.application import application; application(['query'])",
            {"rdflib", "jinja2", "fastapi"},
        ),
        (
            "cli.application import application; application(['load'])",
            {"pyshacl", "openpyxl", "httpcore"},
        ),
        ("endpoint.workers import zygote", {"rdflib", "pydantic", "starlette", "httpcore"}),
    ],
)
def test_a_start_is_without_libraries_of_others(start: str, heavy: set[str]) -> None:
    """A command and the processes of the server start without libraries that they do not need."""
    script = f"import sys; from urbansdg.{start}; print(*sys.modules)"
    done = subprocess.run(
        (sys.executable, "-P", "-c", script), capture_output=True, text=True, check=True
    )
    assert heavy.isdisjoint(done.stdout.split())


def test_the_server_imports_little_beyond_its_framework() -> None:
    """The server imports few modules beyond those of FastAPI, and no loaders, pyshacl or Pillow.

    Each takes up to a millisecond of every start: at most 420 are of libraries, 500 are ours.
    """
    script = (
        "import sys, fastapi; before = {*sys.modules}; import urbansdg.endpoint.server;"
        " print(*({*sys.modules} - before))"
    )
    done = subprocess.run(
        (sys.executable, "-P", "-c", script), capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    ours = [name for name in modules if name.startswith("urbansdg")]
    assert len(ours) <= 500
    assert len(modules) - len(ours) <= 420
    heavy = (
        *("urbansdg.loaders", "urbansdg.cli", "pyshacl", "owlrl", "openpyxl", "httpx", "rich"),
        "PIL",
    )
    assert not [name for name in modules if name.startswith(heavy)]


def test_init_makes_the_graph_of_the_bundled_data(bundled: Path) -> None:
    """The first version has a graph for each source of the bundled data."""
    store = GraphStore.open(bundled)
    names = {graph.rpartition("/")[2] for graph in store.current().graphs}
    assert store.current_number() == 1
    assert names == {
        *("ontology", "sdg", "countries", "cities", "policies", "example"),
        "versions",
    }


def test_init_twice_changes_nothing(graph: Path, urbansdg: Command) -> None:
    """A second init changes nothing and says so."""
    done = urbansdg("init", "--example", "--data-dir", graph)
    assert (done.returncode, GraphStore.open(graph).current_number()) == (Exit.DONE, 1)
    assert done.stdout.startswith("Nothing to change: version 1 has all of ontology")


@pytest.mark.long
def test_init_without_the_example_removes_it(graph: Path, urbansdg: Command) -> None:
    """`init` removes the example that an earlier init loaded, and nothing else."""
    done = urbansdg("init", "--data-dir", graph)
    assert done.returncode == Exit.DONE
    store = GraphStore.open(graph)
    before, after = (store.version(number).graphs.keys() for number in (1, 2))
    assert before - after == {"http://localhost:8000/graph/example"}


def test_load_makes_one_version_with_its_agent(graph: Path, city: Path, urbansdg: Command) -> None:
    """A load makes one version, which names its agent, its source and its counts."""
    done = urbansdg("load", city, "--data-dir", graph, "--agent", "Ada", "--format", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["outcome"], report["version"]) == (Exit.DONE, "published", 2)
    version = GraphStore.open(graph).current()
    assert version.agent == "Ada"
    assert version.graphs["http://localhost:8000/graph/city"].source["name"] == "city.ttl"


def test_the_same_file_twice_changes_nothing(graph: Path, city: Path, urbansdg: Command) -> None:
    """A load of the same file again changes nothing and says so."""
    urbansdg("load", city, "--data-dir", graph)
    done = urbansdg("load", city, "--data-dir", graph)
    assert done.returncode == Exit.DONE
    assert done.stdout == "Nothing to change: version 2 has all of city.\n"
    assert GraphStore.open(graph).current_number() == 2


def test_a_corrected_file_replaces_what_it_loaded_before(
    graph: Path, city: Path, urbansdg: Command
) -> None:
    """A corrected file replaces its own graph, and no other."""
    urbansdg("load", city, "--data-dir", graph)
    before = GraphStore.open(graph).current().graphs
    city.write_text(_CITY.replace('"New"@en', '"Newer"@en'), "utf-8")
    report = json.loads(urbansdg("load", city, "--data-dir", graph, "--format", "json").stdout)
    assert (report["added"], report["removed"]) == (1, 1)
    after = GraphStore.open(graph).current().graphs
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name.rpartition("/")[2] for name in changed} == {"city", "versions"}


def test_what_does_not_validate_is_not_loaded(graph: Path, city: Path, urbansdg: Command) -> None:
    """A file that breaks a shape is refused with its place, path, message and remedy."""
    city.write_text(_CITY.replace("country/JPN", "country/XXX"), "utf-8")
    done = urbansdg("load", city, "--data-dir", graph, "--format", "json")
    assert done.returncode == Exit.PROBLEMS_IN_INPUT
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["place"] == {
        "file": "city.ttl",
        "line": 5,
        "focus": "http://localhost:8000/id/city/new",
        "path": "usdg:country",
    }
    assert problem["value"] == "http://localhost:8000/id/country/XXX"
    assert problem["message"]
    assert problem["remedy"]
    assert GraphStore.open(graph).current_number() == 1


def test_a_broken_table_names_its_cells(graph: Path, tmp_path: Path, urbansdg: Command) -> None:
    """A mistake in a table is told with file, row and column, found by reading or by shapes."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "cities.csv").write_text(
        'key,country,latitude,en\n1,KOR,"37,5",Here\n2,ZZZ,95,There\n', "utf-8"
    )
    done = urbansdg("load", folder, "--data-dir", graph)
    assert done.returncode == Exit.PROBLEMS_IN_INPUT
    assert "cities.csv, row 2, column latitude: '37,5' is not a number." in done.stderr
    (folder / "cities.csv").write_text("key,country,latitude,en\n2,ZZZ,95,There\n", "utf-8")
    done = urbansdg("load", folder, "--data-dir", graph, "--format", "json")
    places = {
        (problem["place"]["row"], problem["place"]["column"])
        for problem in json.loads(done.stdout)["problems"]
    }
    assert places == {(2, "country"), (2, "latitude")}


def test_a_dry_run_and_validate_change_nothing(graph: Path, city: Path, urbansdg: Command) -> None:
    """A dry run, and validate, say what a load would say and change nothing."""
    for arguments in (("load", "--dry-run"), ("validate",)):
        done = urbansdg(*arguments, city, "--data-dir", graph)
        assert (done.returncode, done.stdout) == (
            Exit.DONE,
            "Valid: city. Nothing was loaded.\n",
        )
    assert GraphStore.open(graph).current_number() == 1
    assert not list((graph / "forks").iterdir())


@pytest.mark.long
def test_validate_needs_no_graph(tmp_path: Path, city: Path, urbansdg: Command) -> None:
    """Without a graph a file is validated beside the bundled data, and none is left behind."""
    done = urbansdg("validate", city, "--data-dir", tmp_path / "none")
    assert (done.returncode, done.stdout) == (Exit.DONE, "Valid: city. Nothing was loaded.\n")
    assert not (tmp_path / "none").exists()


def test_a_stronger_profile_tells_which_facets_are_missing(
    bundled: Path, root: Path, urbansdg: Command
) -> None:
    """By the profile `complete`, a policy has a message for each missing facet of ten."""
    arguments = ("validate", root / "data" / "example", "--data-dir", bundled)
    done = urbansdg(*arguments, "--profile", "complete", "--format", "json")
    messages = [problem["message"] for problem in json.loads(done.stdout)["problems"]]
    assert done.returncode == 0
    assert "The policy has no image, video or document." in messages
    done = urbansdg(*arguments, "--profile", "perfect")
    assert "minimum, recommended, complete" in done.stderr


def test_a_query_is_answered_in_every_form(bundled: Path, urbansdg: Command) -> None:
    """A query is answered as a table, or in one of the formats of SPARQL."""
    query = "SELECT ?s { ?s a <https://w3id.org/urbansdg/ontology#Policy> } ORDER BY ?s"

    def ask(form: str) -> str:
        return urbansdg("query", "-", "--data-dir", bundled, "--format", form, stdin=query).stdout

    rows = [row[0] for row in csv.reader(io.StringIO(ask("csv")))][1:]
    assert rows == sorted(rows)
    assert len(rows) >= 24
    bindings = json.loads(ask("json"))["results"]["bindings"]
    assert [row["s"]["value"] for row in bindings] == rows
    assert [line.strip() for line in ask("table").splitlines()][1:] == rows
    assert [line.strip("<>") for line in ask("tsv").splitlines()][1:] == rows


@pytest.mark.parametrize(
    ("query", "form", "fitting"),
    [
        ("SELECT * {}", "turtle", "table, json, xml, csv or tsv"),
        ("DESCRIBE <http://x.example/>", "csv", "turtle, ntriples, rdfxml or jsonld"),
    ],
)
def test_a_format_that_does_not_fit_the_result_is_reported(
    bundled: Path, urbansdg: Command, query: str, form: str, fitting: str
) -> None:
    """A format that the result does not have is reported with the option and its fitting values."""
    done = urbansdg("query", "-", "--data-dir", bundled, "--format", form, stdin=query)
    assert done.returncode == Exit.USAGE
    assert done.stderr == (
        f"error: The result of this query cannot be printed as {form}. "
        f"Use --format with {fitting}. [not-acceptable]\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("queyr",), "No such command 'queyr'. Did you mean 'query'?"),
        (("query",), "Missing argument 'FILE|-'."),
        (("prune",), "Give --keep, --policy or --damaged, or set URBANSDG_RETENTION to a policy."),
        (("prune", "--keep", "1", "--damaged"), "Give one of --keep, --policy and --damaged."),
        (("prune", "--keep", "0"), "Invalid value for '--keep': Input should be greater than or"),
        (("load", "x", "--format", "y"), "Invalid value for '--format': 'y' is not one of 'text',"),
    ],
)
def test_a_wrong_command_line_is_reported_with_its_option(
    urbansdg: Command, arguments: tuple[str, ...], message: str
) -> None:
    """An invalid command line is reported with the name of the option or argument."""
    done = urbansdg(*arguments)
    assert done.returncode == Exit.USAGE
    assert done.stderr.startswith(f"error: {message} ")
    assert done.stderr.endswith(" Run the command with --help. [usage]\n")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("absent.rq", "No such file or directory"), ("bytes.rq", "It is not text in UTF-8")],
)
def test_a_query_that_cannot_be_read_is_reported_with_the_reason(
    bundled: Path, urbansdg: Command, tmp_path: Path, name: str, reason: str
) -> None:
    """A file of a query that cannot be read is reported with the reason in words."""
    (tmp_path / "bytes.rq").write_bytes(b"\xff\xfe")
    done = urbansdg("query", tmp_path / name, "--data-dir", bundled)
    assert done.returncode == Exit.PROBLEMS_IN_INPUT
    assert f"{name}: Cannot read the query: {reason}. Name a text file" in done.stderr


def test_a_construct_query_gives_triples(bundled: Path, urbansdg: Command) -> None:
    """A CONSTRUCT query gives triples in the format that is asked for."""
    query = "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 3"
    done = urbansdg("query", "-", "--data-dir", bundled, "--format", "ntriples", stdin=query)
    assert len(list(ox.parse(done.stdout, format=ox.RdfFormat.N_TRIPLES))) == 3


def test_a_query_with_a_mistake_names_its_place(bundled: Path, urbansdg: Command) -> None:
    """A query that cannot be parsed is an error with line and column."""
    done = urbansdg("query", "-", "--data-dir", bundled, stdin="SELECT * {\n ?s ?p }")
    assert (done.returncode, done.stdout) == (Exit.QUERY, "")
    assert done.stderr.startswith("error: line 2, column ")


def test_a_query_over_its_limit_ends(bundled: Path, urbansdg: Command) -> None:
    """A query over its time limit is an error, not a wait."""
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?i && ?c = ?d) }"
    done = urbansdg("query", "-", "--data-dir", bundled, stdin=query, URBANSDG_QUERY_SECONDS="0.5")
    assert done.returncode == Exit.QUERY
    assert "longer than 0.5 seconds" in done.stderr


def test_an_older_version_can_be_asked(graph: Path, city: Path, urbansdg: Command) -> None:
    """An older version is asked by its number, and gives its old answer."""
    urbansdg("load", city, "--data-dir", graph)
    query = "ASK { <http://localhost:8000/id/city/new> ?p ?o }"
    command = ("query", "-", "--data-dir", graph)
    assert urbansdg(*command, stdin=query).stdout == "yes\n"
    assert urbansdg(*command, "--version", "1", stdin=query).stdout == "no\n"
    assert urbansdg(*command, "--version", "9", stdin=query).returncode == Exit.STORE


def test_versions_are_listed(graph: Path, city: Path, urbansdg: Command) -> None:
    """The versions are listed with agents, counts, sources, tags and the validation's result."""
    urbansdg("load", city, "--data-dir", graph, "--agent", "Ada")
    urbansdg("tag", "first-load", "2", "--data-dir", graph)
    versions = json.loads(urbansdg("versions", "--data-dir", graph, "--format", "json").stdout)
    assert [(version["number"], version["agent"]) for version in versions[::2]] == [
        (0, "urbansdg"),
        (2, "Ada"),
    ]
    last = urbansdg("versions", "--data-dir", graph).stdout.splitlines()[-1].split()
    assert (last[0], last[3]) == ("2", "Ada")
    assert (versions[2]["sources"], versions[2]["tags"]) == ([city.name], ["first-load"])
    assert versions[2]["validation"].startswith("valid")
    assert {city.name, "first-load"} <= set(last)


@pytest.mark.parametrize("ending", ["nq", "trig"])
def test_a_dump_has_every_quad(
    bundled: Path, tmp_path: Path, urbansdg: Command, ending: str
) -> None:
    """A dump has every quad of its version, under the graph it is in."""
    file = tmp_path / f"all.{ending}"
    done = urbansdg("dump", file, "--data-dir", bundled)
    assert done.returncode == Exit.DONE
    store = GraphStore.open(bundled)
    assert set(ox.parse(path=str(file))) == set(store.read(store.current()))


def test_a_dump_goes_to_standard_output(bundled: Path, urbansdg: Command) -> None:
    """Without a file the dump is N-Quads on standard output."""
    done = urbansdg("dump", "--data-dir", bundled)
    quads = ox.parse(done.stdout, format=ox.RdfFormat.N_QUADS)
    assert len(list(quads)) == GraphStore.open(bundled).current().triples


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("lod",), Exit.USAGE, "No such command 'lod'"),
        (("load",), Exit.USAGE, "No source given"),
        (("load", "missing.ttl"), Exit.STORE, "There is no graph"),
        (("versions",), Exit.STORE, "There is no graph"),
        (("serve",), Exit.STORE, "There is no graph"),
        (("dump", "x.pdf"), Exit.STORE, "There is no graph"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    tmp_path: Path, urbansdg: Command, arguments: tuple[str, ...], code: Exit, message: str
) -> None:
    """An error is one line on standard error that says what to do, and an exit code."""
    done = urbansdg(*arguments, URBANSDG_DATA_DIR=str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert message in line


def test_a_setting_that_is_wrong_is_named(urbansdg: Command) -> None:
    """A setting that cannot be understood is an error that names it."""
    done = urbansdg("versions", URBANSDG_PORT="http")
    assert done.returncode == Exit.USAGE
    assert "URBANSDG_PORT" in done.stderr


def test_an_unknown_setting_is_a_warning(bundled: Path, urbansdg: Command) -> None:
    """A misspelt setting is a warning with the right name; the command does its work."""
    done = urbansdg("versions", "--data-dir", bundled, URBANSDG_QUERY_SECOND="1")
    assert done.returncode == Exit.DONE
    assert done.stderr.startswith("warning: Unknown setting: URBANSDG_QUERY_SECOND. Did you mean ")


@pytest.mark.long
def test_the_folder_of_a_killed_load_is_removed(
    bundled: Path, tmp_path: Path, urbansdg: Command
) -> None:
    """The next load removes the temporary folder that a killed one has left."""
    left = tmp_path / "urbansdg-work-killed_1"
    left.mkdir(mode=0o700)
    urbansdg("load", tmp_path / "x.ttl", "--data-dir", bundled, TMPDIR=str(tmp_path))
    assert not any(tmp_path.iterdir())


def test_a_port_that_is_taken_is_named(bundled: Path, urbansdg: Command) -> None:
    """A port that is taken is one clear line and an exit code."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = urbansdg("serve", "--data-dir", bundled, "--port", port)
    assert done.returncode == Exit.SERVER
    assert done.stderr == (
        f"error: Another process listens on port {port}. "
        "Stop it, or choose another port with --port. [port-taken]\n"
    )


def test_another_base_is_refused_and_nothing_is_damaged(bundled: Path, urbansdg: Command) -> None:
    """A graph created for another base URI is not served, in one clear line, and stays whole."""
    done = urbansdg("serve", "--init", "--data-dir", bundled, "--base", "https://other.example")
    assert done.returncode == Exit.STORE
    assert "created for http://localhost:8000, not for https://other.example" in done.stderr
    assert GraphStore.open(bundled).current_number() == 1


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path, urbansdg: Command) -> None:
    """A data directory that cannot be written is one clear line and an exit code."""
    (tmp_path / "file").write_text("", "utf-8")
    done = urbansdg("serve", "--init", "--data-dir", tmp_path / "file" / "graph")
    assert done.returncode == Exit.STORE
    assert len(done.stderr.splitlines()) == 1
    assert str(tmp_path / "file" / "graph") in done.stderr


@pytest.mark.long
def test_a_creation_that_was_cut_off_is_completed(tmp_path: Path, urbansdg: Command) -> None:
    """A graph that was created but never filled is filled by the next init."""
    GraphStore.create(tmp_path / "graph", "http://localhost:8000")
    done = urbansdg("init", "--data-dir", tmp_path / "graph")
    assert done.stdout.startswith("Loaded ontology")


@pytest.fixture(scope="module")
def listed(urbansdg: Command) -> str:
    """Return what the command says of all commands."""
    return urbansdg("--help").stdout


@pytest.mark.parametrize(
    "command", ["init", "load", "validate", "serve", "query", "versions", "dump"]
)
def test_every_command_tells_what_it_does(urbansdg: Command, listed: str, command: str) -> None:
    """Every command has a help text and stands in the list of commands."""
    assert command in listed
    assert "Usage" in urbansdg(command, "--help").stdout


def test_a_table_that_nobody_looks_at_is_as_wide_as_it_needs(
    graph: Path, urbansdg: Command
) -> None:
    """A table that goes to a file or a pipe has every value whole, each row on one line."""
    label = "press office of " + "a city with a name of its own and more, " * 4
    assert urbansdg("token", "create", label, "--data-dir", graph, COLUMNS="60").returncode == 0
    table = urbansdg("token", "list", "--data-dir", graph, COLUMNS="60").stdout
    assert [line for line in table.splitlines() if line.startswith(label.strip())]


def test_columns_and_numbers_of_a_query_are_those_of_its_text(
    bundled: Path, urbansdg: Command
) -> None:
    """The command has the columns of SELECT * in the order of the text, and casts exactly."""
    cast = "<http://www.w3.org/2001/XMLSchema#decimal>(2.5e12)"
    query = f"SELECT * {{ VALUES ?z {{ 1 }} BIND({cast} AS ?a) }}"
    done = urbansdg("query", "-", "--data-dir", bundled, "--format", "csv", stdin=query)
    assert done.stdout.split() == ["z,a", "1,2500000000000"]


@pytest.mark.parametrize("columns", ["1", "80", "200"])
def test_a_long_value_pads_no_other_line(bundled: Path, urbansdg: Command, columns: str) -> None:
    """In a pipe a line is as long as its own values are, whatever width a terminal had."""
    lines = urbansdg("versions", "--data-dir", bundled, COLUMNS=columns).stdout.splitlines()
    assert [len(line) < 120 for line in lines] == [True, True, False]
    assert not [line for line in lines if line != line.rstrip()]
    assert lines[2].split("  ")[-1].strip().startswith("data/{")


@pytest.mark.parametrize("columns", [1, 20, 80, 200])
def test_a_terminal_of_any_width_has_every_value(bundled: Path, columns: int) -> None:
    """However narrow a terminal is, no number, time or name of a version is cut."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = (sys.executable, "-P", "-m", "urbansdg.cli", "versions", "--data-dir", str(bundled))
    bare = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    printed = b""
    with subprocess.Popen(command, stdout=other, env=bare) as process:
        os.close(other)
        with contextlib.suppress(OSError), os.fdopen(main, "rb", buffering=0) as screen:
            while part := screen.read(1 << 16):
                printed += part
    assert process.returncode == Exit.DONE
    text = printed.decode()
    assert "…" not in text
    assert f"{GraphStore.open(bundled).current().distinct:,}" in text
    assert len(re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text)) == 2
