"""The structure of the tree: folders, layers and names."""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.syntax_trees import nodes_of, tree_of
from urbansdg.endpoint.http_fields.http_methods import METHODS
from urbansdg.ontology import namespaces
from urbansdg.ontology.kinds_of_things import KINDS
from urbansdg.ontology.namespaces import Namespace

_LAYERS = {
    "errors": set[str](),
    "settings": {"errors"},
    "data": set[str](),
    "ontology": {"errors"},
    "sandbox": set[str](),
    "egress": {"ontology"},
    "sparql": {"egress", "ontology", "sandbox"},
    "audit": {"ontology"},
    "shapes": {"ontology"},
    "store": {"shapes", "sparql", "sandbox"},
    "loaders": {"store", "data"},
    "queries": {"ontology"},
    "search": {"store"},
    "endpoint": {"queries", "search", "store"},
    "cli": {"loaders", "endpoint", "audit"},
}
"""Each package at the root, and those directly below it; all but `errors` may read the settings."""

_PROCESSES = {
    *("subprocess", "multiprocessing", "resource", "pty"),
    *("concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process", "asyncio.subprocess"),
    *("os.fork", "os.forkpty", "os.system", "os.popen", "os.kill", "os.killpg", "os.waitpid"),
    *("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "signal.setitimer"),
    *("signal.pidfd_send_signal", "os.posix_spawn", "os.execv", "os.execvp", "ctypes.CDLL"),
}
"""What starts, limits or ends processes. Only `sandbox/` uses these.

Not checked are `benchmarks/` and `tests/`: they start the servers, the peers and the load
generators that they measure, which are not to be limited.
"""

_MOST_MODULES = 15
_UNNAMED = {"__init__", "__main__"}
_NO_TESTS_OF_THEIR_OWN = {
    "support",
    "conformance",
    "hostile",
    "clients",
    "browser",
    "docs",
    "benchmarks",
}


@cache
def _modules(root: Path) -> tuple[Path, ...]:
    """Return the modules of the product."""
    return tuple(file for package in _LAYERS for file in _modules_of(root / package))


@cache
def _modules_of(package: Path) -> tuple[Path, ...]:
    return tuple(sorted(package.rglob("*.py")))


@cache
def _known(root: Path) -> frozenset[str]:
    """Return the dotted names of the modules of the product."""
    return frozenset(_dotted(root, module) for module in _modules(root))


def _dotted(root: Path, module: Path) -> str:
    parts = module.relative_to(root).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imported(module: Path, known: frozenset[str]) -> Iterator[str]:
    """Yield the modules of ours that a module imports, without the prefix `urbansdg`."""
    names = [name.name for node in nodes_of(module, ast.Import) for name in node.names]
    for node in nodes_of(module, ast.ImportFrom):
        names += [f"{node.module}.{name.name}" for name in node.names]
    for name in names:
        whole = name.removeprefix("urbansdg.")
        if whole != name:
            yield whole if whole in known else whole.rpartition(".")[0]


def _used(module: Path) -> Iterator[str]:
    """Yield the dotted names that a module imports, or takes from a module that it imports."""
    for node in nodes_of(module, ast.Import):
        yield from (name.name for name in node.names)
    for origin in nodes_of(module, ast.ImportFrom):
        if origin.module:
            yield origin.module
            yield from (f"{origin.module}.{name.name}" for name in origin.names)
    for attribute in nodes_of(module, ast.Attribute):
        if isinstance(attribute.value, ast.Name):
            yield f"{attribute.value.id}.{attribute.attr}"


def _reachable(package: str) -> set[str]:
    below = set(_LAYERS[package])
    return below.union(*(_reachable(lower) for lower in below)) | {"errors"}


def _public_names(module: Path) -> Iterator[str]:
    """Yield the public classes and type aliases that a module defines."""
    for node in tree_of(module).body:
        name = ""
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        if name[:1].isalpha() and name[0].isupper() and not name.isupper():
            yield name


@pytest.mark.parametrize("package", _LAYERS)
def test_a_package_imports_only_what_is_below_it(root: Path, package: str) -> None:
    """A package imports only itself and the packages below it."""
    allowed = _reachable(package) | {package} | ({"settings"} if package != "errors" else set())
    wrong = {
        f"{module.relative_to(root)}: {name}"
        for module in _modules_of(root / package)
        for name in _imported(module, _known(root))
        if name and name.split(".")[0] not in allowed
    }
    assert not wrong


def test_every_package_has_its_layer(root: Path) -> None:
    """Every package at the root has its layer."""
    assert {init.parent.name for init in root.glob("*/__init__.py")} - {"urbansdg"} == set(_LAYERS)


@pytest.mark.parametrize("package", _LAYERS)
def test_folders_of_a_package_import_in_one_direction(root: Path, package: str) -> None:
    """Between the folders of a package, and the modules beside them, imports have no cycle."""

    def node_of(name: str) -> str:
        """Return the folder of a module; a module directly in the package is its own node."""
        return name if name.count(".") < 2 else name.rpartition(".")[0]

    edges: dict[str, set[str]] = defaultdict(set)
    facade = {package}  # the package's `__init__` re-exports from every folder
    for module in _modules_of(root / package):
        me = _dotted(root, module)
        start = me if module.name == "__init__.py" else node_of(me)
        for name in _imported(module, _known(root)):
            if name.split(".")[0] == package and start not in facade:
                end = name if name in facade else node_of(name)
                if end != start and not (start.count(".") and end.startswith(f"{start}.")):
                    edges[start].add(end)
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        pytest.fail(f"imports go round: {' -> '.join(error.args[1])}")


def test_only_the_sandbox_starts_processes_and_limits_them(root: Path) -> None:
    """No module outside `sandbox/` starts, limits or kills processes."""
    wrong = {
        f"{module.relative_to(root)}: {name}"
        for module in _modules(root)
        if module.relative_to(root).parts[0] != "sandbox"
        for name in _used(module)
        if name in _PROCESSES or name.startswith(("os.spawn", "os.posix_spawn"))
    }
    assert not wrong


def test_a_folder_has_at_most_fifteen_modules(root: Path) -> None:
    """A folder of the product, the benchmarks or the tests has at most 15 modules."""
    every = [*_modules(root), *(root / "benchmarks").rglob("*.py"), *(root / "tests").rglob("*.py")]
    sizes = Counter(
        str(module.parent.relative_to(root)) for module in every if module.stem not in _UNNAMED
    )
    assert {folder: size for folder, size in sizes.items() if size > _MOST_MODULES} == {}


def test_every_folder_of_the_product_is_a_package(root: Path) -> None:
    """Every folder with modules has an `__init__.py` with a docstring."""
    for folder in {module.parent for module in _modules(root)}:
        init = folder / "__init__.py"
        assert init.is_file(), f"{folder.relative_to(root)} has no __init__.py"
        assert ast.get_docstring(tree_of(init)), init


def test_no_module_is_named_as_one_of_the_standard_library(root: Path) -> None:
    """No module of the product or the benchmarks has the name of one of the standard library."""
    every = [*_modules(root), *(root / "benchmarks").rglob("*.py")]
    assert [m for m in every if m.stem in sys.stdlib_module_names] == []


def test_a_module_name_stands_for_one_module(root: Path) -> None:
    """No two modules of the product and the benchmarks have one name."""
    places = defaultdict(list)
    for module in [*_modules(root), *(root / "benchmarks").rglob("*.py")]:
        if module.stem not in _UNNAMED:
            places[module.stem].append(str(module.relative_to(root)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_a_public_class_name_stands_for_one_class(root: Path) -> None:
    """No two public classes or type aliases of the product have one name."""
    places = defaultdict(list)
    for module in _modules(root):
        for name in _public_names(module):
            places[name].append(str(module.relative_to(root)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


_STORES = {"GraphStore", "RemoteStore", "Backend", "VersionedBackend"}


def test_no_code_asks_which_class_a_store_is(root: Path) -> None:
    """Code asks a store what it can do (`Backend.capabilities`), and never which class it is."""
    wrong = [
        f"{module.relative_to(root)}:{node.lineno}"
        for module in _modules(root)
        for node in nodes_of(module, ast.Call, ast.MatchClass)
        if _asks_for_a_store(node)
    ]
    assert wrong == []


def _asks_for_a_store(node: ast.Call | ast.MatchClass) -> bool:
    """Return whether this is `isinstance(..., GraphStore)`, or `case GraphStore():`."""
    if isinstance(node, ast.MatchClass):
        classes: ast.AST = node.cls
    elif isinstance(node.func, ast.Name) and node.func.id in {"isinstance", "issubclass"}:
        classes = node.args[1]
    else:
        return False
    names = {part.id for part in ast.walk(classes) if isinstance(part, ast.Name)}
    return bool(names & _STORES)


def test_tests_mirror_the_code(root: Path) -> None:
    """A folder of tests has the path of a folder of the product, or is one of those of all."""
    wrong = set()
    for folder in {
        test.parent.relative_to(root / "tests") for test in (root / "tests").rglob("test_*.py")
    }:
        whole = folder.parts and folder.parts[0] in _NO_TESTS_OF_THEIR_OWN
        if folder.parts and not whole and not (root / folder).is_dir():
            wrong.add(str(folder))
    assert not wrong


def test_one_folder_imports_the_internals_of_uvicorn(root: Path) -> None:
    """Only `endpoint/connection` imports private modules of uvicorn; others import `uvicorn`."""
    every = [*_modules(root), *(root / "benchmarks").rglob("*.py"), *(root / "tests").rglob("*.py")]
    wrong = set()
    for module in every:
        names = [name.name for node in nodes_of(module, ast.Import) for name in node.names]
        names += [node.module or "" for node in nodes_of(module, ast.ImportFrom)]
        if any(name.startswith("uvicorn.") for name in names):
            wrong.add(str(module.parent.relative_to(root)))
    assert wrong == {"endpoint/connection"}


_DECISIONS = {
    r"max-age=|no-cache|no-store": {"http_fields/cache_control.py"},
    r"'if-(?:none-)?match'|'if-modified-since'": {
        "web/conditional_requests.py",
        "web/content_codings.py",  # adds the ending of a coding to the tags that pass
        "cache/document_cache.py",  # they are part of what a response is kept by
        "connection/request_heads.py",  # leaves requests with a condition to ASGI
        "dereference/document_routes.py",  # computes no tag where there is no condition
        "query/sparql_protocol.py",  # passes the field on: it has no request of starlette's
    },
    r"\bcompressor\(|\bzlib\b|\bimport brotli\b": {
        "web/compression.py",
        "web/content_codings.py",  # applies the coding to what passes
        "web/gzip_body.py",  # unpacks requests
        "editions/edition.py",  # reads its own record, which may be damaged
        "editions/dump_files.py",  # reads the dump of a checkpoint, which may be damaged
    },
}
"""Decisions on responses, by a pattern that each takes, and the modules of `endpoint` with it."""


@pytest.mark.parametrize("pattern", _DECISIONS)
def test_one_place_decides_on_caching_conditions_and_compression(root: Path, pattern: str) -> None:
    """Cache-Control, conditional requests and compression are decided in one module each."""
    modules = {
        str(module.relative_to(root / "endpoint"))
        for module in _modules_of(root / "endpoint")
        if re.search(pattern.replace("'", "['\"]"), module.read_text("utf-8"))
        and re.search(pattern, _without_docstrings(module))
    }
    assert modules == _DECISIONS[pattern]


@cache
def _without_docstrings(module: Path) -> str:
    """Return the code of a module without its comments and docstrings."""
    tree = ast.parse(module.read_text("utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]  # as it was read
                statement
                for statement in body
                if not (
                    isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
                )
            ] or [ast.Pass()]
    return ast.unparse(tree)


@cache
def _constants(module: Path) -> tuple[str, ...]:
    """Return the texts in the code of a module, without its comments and docstrings."""
    docstrings = {id(node.value) for node in nodes_of(module, ast.Expr)}
    return tuple(
        node.value if isinstance(node.value, str) else node.value.decode("latin-1")
        for node in nodes_of(module, ast.Constant)
        if isinstance(node.value, str | bytes) and id(node) not in docstrings
    )


_OWN_MEDIA_TYPES = {
    "audit/http_checks.py": {"application/x-no-such-format"},  # no server has it
    "loaders/remote/sparql_harvest.py": {"application/turtle", "application/x-turtle"},  # mistakes
}
"""Media types that stand beside the table, by module."""


def test_media_types_stand_in_one_table(root: Path) -> None:
    """Only `ontology/media_types.py` spells out a media type; other modules import its name."""
    texts_by_module = defaultdict(set)
    for module in _modules(root):
        for text in _constants(module):
            if re.match(r"(?:text|application|multipart|image)/[a-z]", text):
                texts_by_module[str(module.relative_to(root))].add(text)
    del texts_by_module["ontology/media_types.py"]
    assert texts_by_module == _OWN_MEDIA_TYPES


_OWN_NAMESPACES: dict[str, set[str]] = {}
"""Namespaces that stand beside the table, by module."""


def test_namespaces_stand_in_one_table(root: Path) -> None:
    """Only `ontology/namespaces.py` spells out the IRI of a namespace; others import its name."""
    table = {str(value) for value in vars(namespaces).values() if isinstance(value, Namespace)}
    table |= {*namespaces.PREFIXES.values(), namespaces.PROJECT}
    spaces_by_module = defaultdict[str, set[str]](set)
    for module in _modules(root):
        for text in _constants(module):
            spaces_by_module[str(module.relative_to(root))] |= {
                space for space in table if space in text
            }
    del spaces_by_module["ontology/namespaces.py"]
    assert {
        module: spaces for module, spaces in spaces_by_module.items() if spaces
    } == _OWN_NAMESPACES


def test_methods_of_http_stand_in_one_table(root: Path) -> None:
    """Only `endpoint/http_fields/http_methods.py` has sets of methods; others import them."""
    modules = set()
    for module in _modules_of(root / "endpoint"):
        for node in nodes_of(module, ast.List, ast.Tuple, ast.Set):
            values = {item.value for item in node.elts if isinstance(item, ast.Constant)}
            if len(values & {*METHODS}) > 1:
                modules.add(module.name)
    assert modules == {"http_methods.py"}


def test_kinds_of_things_stand_in_one_table(root: Path) -> None:
    """Only `ontology/kinds_of_things.py` lists kinds of things by the names of their lists."""
    plurals = {kind.plural for kind in KINDS}
    modules = set()
    for package in ("ontology", "endpoint"):
        for module in _modules_of(root / package):
            lists: list[Sequence[ast.expr | None]] = [
                *(node.elts for node in nodes_of(module, ast.List, ast.Tuple, ast.Set)),
                *(node.keys for node in nodes_of(module, ast.Dict)),
            ]
            values = (
                {item.value for item in items if isinstance(item, ast.Constant)} for items in lists
            )
            if any(len(of_list & plurals) > 2 for of_list in values):
                modules.add(module.name)
    assert modules == {"graph_precedence.py"}  # some graphs are called as the lists are


_SPARQL_WORDS = frozenset(
    {"SELECT", "CONSTRUCT", "DESCRIBE", "WHERE", "FROM", "USING", "SERVICE", "LOAD", "INSERT"}
    | {"DELETE", "GRAPH", "FILTER", "OPTIONAL", "VALUES", "LIMIT", "OFFSET", "ORDER", "PREFIX"}
)
_READ_OTHER_TEXT = frozenset({
    *("loaders/rdf/subject_lines.py", "store/backup.py"),
    *("loaders/cells/amounts.py", "loaders/cells/date_remedies.py"),
})  # fmt: skip
"""Modules whose patterns have such a word: prefixes of Turtle, a folder, `from 2024 to 2030`."""


def _patterns(module: Path) -> Iterator[str]:
    """Yield the texts, or their literal parts, that a module gives to a function of `re`."""
    for node in nodes_of(module, ast.Call):
        if (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
        ):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def _spaced(pattern: str) -> str:
    """Return a pattern with a space for each escape of a letter, such as that of a word's end."""
    return re.sub(r"\\[A-Za-z]", " ", pattern)


def test_only_one_package_reads_sparql_text(root: Path) -> None:
    """Only `sparql/` has regular expressions of SPARQL keywords or of strings in long quotes."""
    wrong = {
        f"{module.relative_to(root)}: {pattern[:60]}"
        for module in _modules(root)
        if module.relative_to(root).parts[0] != "sparql"
        and str(module.relative_to(root)) not in _READ_OTHER_TEXT
        for pattern in _patterns(module)
        if "'''" in pattern
        or '"""' in pattern
        or not _SPARQL_WORDS.isdisjoint(re.findall("[A-Z]{4,}", _spaced(pattern).upper()))
    }
    assert not wrong


def test_no_file_has_a_conflict_marker(root: Path) -> None:
    """No file of the product, the tests or the documentation has what a failed merge leaves."""
    marked = [
        str(file.relative_to(root))
        for folder in (*_LAYERS, "data", "docs", "tests")
        for file in (root / folder).rglob("*")
        if file.suffix in {".csv", ".jinja", ".md", ".py", ".rq", ".ru", ".trig", ".ttl"}
        for line in file.read_text("utf-8").splitlines()
        if line.startswith(("<<<<<<< ", ">>>>>>> "))
    ]
    assert marked == []
