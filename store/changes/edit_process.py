"""The child process that does the steps of an edit on a fork, and may die of them.

`edit.py` calls `apply_edit` in it (`urbansdg.sandbox.child_process.call`). A text that is nested
too deeply overflows its stack, and an entity bomb aborts its parser; both cost this process and
nothing else. It imports the engine and nothing of `urbansdg.store`, which takes 200 ms, because it
starts with every write.
"""

import codecs
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from urbansdg.sandbox.resource_limits import address_space, set_memory_limit
from urbansdg.sparql.exact_casts import EXACT_CASTS

_MOST = 10_000
"""For more quads than this, comparing the two states is quicker than naming them."""

StepMessage = dict[str, Any]
_Node = ox.NamedNode | ox.BlankNode


@dataclass(slots=True)
class EditedFork:
    """The store of a fork while an edit is done on it.

    `default` is the named graph that clients write to as the default graph: that of the engine is
    the merge. `named` has the quads that may have been added or removed, None where they are not
    known or too many; `gained` counts the triples that the merge has gained.
    """

    store: ox.Store
    default: ox.NamedNode
    named: set[ox.Quad] | None = field(default_factory=set)
    gained: int = 0

    def graph(self, name: str) -> ox.NamedNode:
        """Return the graph of a step."""
        return self.default if name == "default" else ox.NamedNode(name)

    def name(self, quads: Iterable[ox.Quad] | None) -> None:
        """Note the quads that a step may have added or removed, None where they are not known."""
        if self.named is None or quads is None:
            self.named = None
            return
        for quad in quads:
            self.named.add(quad)
            if len(self.named) > _MOST or _nameless(quad):
                self.named = None
                return

    def remove_empty(self) -> None:
        """Remove the clients' default graph where it has no triple: it is there without a name."""
        if next(self.store.quads_for_pattern(None, None, None, self.default), None) is None:
            self.store.remove_graph(self.default)


def do(fork: EditedFork, orders: list[StepMessage]) -> None:
    """Do the steps in their order."""
    for order in orders:
        if order["kind"] == "update":
            _edit(fork, order)
        elif order["kind"] == "patch":
            _patch(fork, order)
            fork.name(None)
        else:
            _write(fork, order)
            fork.name(_named_in_file(fork, order))
    fork.remove_empty()


def _edit(fork: EditedFork, order: StepMessage) -> None:
    """Do an update, operation by operation: each sees the merge that the one before has left."""
    operations = _operations(order)
    for operation in operations:
        try:
            if operation["managed"]:
                changed = _manage(fork, operation, order["base"], is_only=len(operations) == 1)
            else:
                changed = _exchange(fork, operation, order["base"])
        except SyntaxError as error:  # the whole text has none
            raise Failed("refused", f"an operation cannot be read by itself: {error.msg}") from None
        except (RuntimeError, ValueError, OSError) as error:
            raise _refused(error) from None
        fork.name(None if operation["managed"] else changed)
        if len(operations) > 1 and changed is not None:
            from urbansdg.sparql.datasets.graph_merge import settle

            fork.gained += settle(fork.store, changed)


def _operations(order: StepMessage) -> list[StepMessage]:
    """Return the operations of an update; the engine decides where its text is doubtful.

    Raises `Failed` for a syntax error. The engine takes declarations at the beginning only, so that
    operations with more of them (Update, 4, rule 29) are checked one by one.
    """
    every: list[StepMessage] | None = order["operations"]
    try:
        _check_syntax(order["text"], order["base"])
    except Failed:
        if every is None or not all(_is_valid(part["text"], order["base"]) for part in every):
            raise
    if every is not None:
        return every
    from urbansdg.sparql.update_operations import operations  # 30 ms: few texts need it

    parts = operations(order["text"], partial(_is_valid, base=order["base"]))
    if parts is None:
        message = "it cannot be divided into its operations; put spaces around < and keywords"
        raise Failed("refused", message)
    return [part.order(order["mark"]) for part in parts]


def _is_valid(text: str, base: str) -> bool:
    try:
        _check_syntax(text, base)
    except Failed:
        return False
    return True


def _check_syntax(text: str, base: str) -> None:
    """Raise `Failed` with the place of a syntax error; nothing is changed."""
    try:
        ox.Store().update(text, base_iri=base or None)
    except SyntaxError as error:
        raise Failed("syntax", str(error.msg), error.lineno, error.offset) from None
    except (RuntimeError, ValueError, OSError):
        return  # it was read


def _exchange(fork: EditedFork, operation: StepMessage, base: str) -> set[ox.Quad]:
    """Delete and insert what the templates stand for; return these quads (Update, 3.1.3)."""
    over = _term(operation["over"], base) if operation["over"] else None
    target = fork.default if over is None else over
    deleted = _template(operation["deleted"], base, target)
    inserted = _template(operation["inserted"], base, target)
    if operation["query"]:
        dataset = None if operation["using"] else over  # FROM says it in the query
        rows = fork.store.query(
            operation["query"],
            base_iri=base or None,
            default_graph=dataset,
            custom_functions=EXACT_CASTS,
        )
        gone, new = set[ox.Quad](), set[ox.Quad]()
        for row in rows if isinstance(rows, ox.QuerySolutions) else ():
            gone.update(_filled(deleted, row, operation["mark"]))
            new.update(_filled(inserted, row, operation["mark"]))
    else:
        gone, new = set(deleted), set(inserted)
    for quad in gone:
        fork.store.remove(quad)
    fork.store.extend(new)
    return gone | new


def _template(text: str, base: str, target: _Node) -> list[ox.Quad]:
    """Return the quads of a template; those without a graph are of the `target`."""
    scratch = ox.Store()
    if text:
        scratch.update(text, base_iri=base or None)
    return [
        _quad(quad.triple, target) if isinstance(quad.graph_name, ox.DefaultGraph) else quad
        for quad in scratch
    ]


def _term(text: str, base: str) -> ox.NamedNode:
    """Return the IRI that an update inserts as the object of a triple."""
    scratch = ox.Store()
    scratch.update(text, base_iri=base or None)
    term = next(iter(scratch)).object
    if not isinstance(term, ox.NamedNode):
        raise TypeError(f"the name of a graph is an IRI: {term}")
    return term


def _filled(template: list[ox.Quad], row: ox.QuerySolution, mark: str) -> Iterator[ox.Quad]:
    """Yield the quads of a template for a solution; one with an unbound variable is left out."""
    blank = dict[ox.BlankNode, ox.BlankNode]()

    def of(term: object) -> object:
        if isinstance(term, ox.NamedNode) and term.value.startswith(mark):
            return row[term.value.removeprefix(mark)]
        if isinstance(term, ox.BlankNode):  # a new one for each solution (Update, 4.1.2)
            return blank.setdefault(term, ox.BlankNode())
        if isinstance(term, ox.Triple):
            return ox.Triple(*map(of, term))  # type: ignore[arg-type]  # as below
        return term

    for quad in template:
        # A variable that is not bound, or a literal where none may be.
        with suppress(TypeError):
            yield ox.Quad(*map(of, quad))  # type: ignore[arg-type]  # it raises where they are not


def _manage(
    fork: EditedFork, operation: StepMessage, base: str, *, is_only: bool
) -> set[ox.Quad] | None:
    """Do an operation on whole graphs; return the quads of these that differ then.

    None for the only operation of an update: its effect is compared anyway.
    """
    verb, *words = operation["managed"]
    upper = [word.upper() for word in words]
    named = [graph for graph in fork.store.named_graphs() if graph != fork.default]
    graphs: list[_Node] = [_term(text, base) for text in operation["graphs"]]
    if "DEFAULT" in upper:
        fork.store.add_graph(fork.default)  # it exists, with or without a triple
        graphs.append(fork.default)
    if "NAMED" in upper or "ALL" in upper:
        graphs += named
    if "ALL" in upper:
        graphs.append(fork.default)
    before = set() if is_only else _quads_of(fork.store, graphs)
    if "NAMED" in upper or "ALL" in upper:
        for graph in graphs:
            (fork.store.clear_graph if verb.upper() == "CLEAR" else fork.store.remove_graph)(graph)
    else:
        ours = f"GRAPH {fork.default}"
        text = " ".join(ours if word.upper() == "DEFAULT" else word for word in words)
        fork.store.update(f"{operation['prologue']}\n{verb} {text}", base_iri=base or None)
    return None if is_only else before ^ _quads_of(fork.store, graphs)


def _quads_of(store: ox.Store, graphs: Iterable[_Node]) -> set[ox.Quad]:
    every = (store.quads_for_pattern(None, None, None, graph) for graph in graphs)
    return {quad for quads in every for quad in quads}


def _named_in_file(fork: EditedFork, order: StepMessage) -> Iterator[ox.Quad] | None:
    if order["kind"] != "merge" or not order["file"]:
        return None
    return _read(order, fork.graph(order["graph"]))


def _nameless(quad: ox.Quad) -> bool:
    return not all(isinstance(term, ox.NamedNode | ox.Literal) for term in quad)


def _update(store: ox.Store, text: str, base: str) -> None:
    try:
        store.update(text, base_iri=base or None, custom_functions=EXACT_CASTS)
    except SyntaxError as error:
        raise Failed("syntax", str(error.msg), error.lineno, error.offset) from None
    except (RuntimeError, ValueError, OSError) as error:
        raise _refused(error) from None


def _refused(error: Exception) -> "Failed":
    """Return what an operation that was read, and cannot be done, fails with."""
    from urbansdg.sparql.extension_functions import missing_function

    name = missing_function(str(error))
    if name is None:
        return Failed("refused", str(error))
    failed = Failed("refused", f"there is no function {name}")
    failed.record["remedy"] = "Use another function; the service description lists them."
    return failed


def _patch(fork: EditedFork, order: StepMessage) -> None:
    """Do an update on one graph, the default one to it, that knows and leaves no other."""
    store, graph = fork.store, fork.graph(order["graph"])
    before = [quad.triple for quad in store.quads_for_pattern(None, None, None, graph)]
    scratch = ox.Store()
    scratch.bulk_extend(_quad(triple, ox.DefaultGraph()) for triple in before)
    _update(scratch, order["text"], order["base"])
    if any(True for _ in scratch.named_graphs()):
        raise Failed("refused", "it writes to a graph other than that of the request")
    for triple in before:
        if _quad(triple, ox.DefaultGraph()) not in scratch:
            store.remove(_quad(triple, graph))
    triples_before = set(before)
    store.extend(_quad(quad.triple, graph) for quad in scratch if quad.triple not in triples_before)


def _quad(triple: ox.Triple, graph: _Node | ox.DefaultGraph) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def _write(fork: EditedFork, order: StepMessage) -> None:
    store, graph = fork.store, fork.graph(order["graph"])
    if order["kind"] in ("replace", "drop"):
        store.remove_graph(graph)
    if order["kind"] != "drop":
        store.add_graph(graph)
    if order["file"]:
        store.extend(_read(order, graph))


def _read(order: StepMessage, graph: _Node) -> Iterator[ox.Quad]:
    form = ox.RdfFormat.from_media_type(order["form"])
    file = Path(order["file"])
    try:
        with _prepared(file, form, order).open("rb") as source:
            if source.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
                source.seek(0)
            quads = ox.parse(source, format=form, base_iri=order["base"], rename_blank_nodes=True)
            for quad in quads:
                yield _placed(quad, graph, is_xml=form == ox.RdfFormat.RDF_XML)
    except SyntaxError as error:
        raise _unread(error, file, order) from None
    except ValueError as error:
        raise Failed("payload", str(error)) from None


def _prepared(file: Path, form: ox.RdfFormat | None, order: StepMessage) -> Path:
    """Return the file, or one beside it that the parser reads: it knows UTF-8 and no contexts."""
    ready = file.with_name(f"{file.name}-ready")
    if form == ox.RdfFormat.RDF_XML:
        from urbansdg.ontology.xml_encodings import xml_in_utf8

        return xml_in_utf8(file, ready, order["charset"])
    if form == ox.RdfFormat.JSON_LD:
        from urbansdg.ontology.bundled_context import inline_contexts  # 25 ms: the ontology

        return inline_contexts(file, ready, *order["homes"], document=order["base"])
    return file


def _unread(error: SyntaxError, file: Path, order: StepMessage) -> "Failed":
    from urbansdg.ontology.bundled_context import context_refusal, context_remedy

    refusal = context_refusal(str(error.msg), file)
    if refusal is None:
        from urbansdg.ontology.character_names import with_character_names

        return Failed("payload", with_character_names(str(error.msg)), error.lineno, error.offset)
    failed = Failed("payload", refusal)
    failed.record["remedy"] = context_remedy(next(iter(order["homes"]), None))
    return failed


def _placed(quad: ox.Quad, graph: _Node, *, is_xml: bool) -> ox.Quad:
    if isinstance(quad.graph_name, ox.NamedNode | ox.BlankNode):
        failed = Failed("payload", f"it names the graph {quad.graph_name}")
        failed.record["remedy"] = "Send triples: the request itself names the graph."
        raise failed
    value = quad.object
    if is_xml and isinstance(value, ox.Literal):
        from urbansdg.ontology.xml_encodings import with_no_language

        value = with_no_language(value)
    return ox.Quad(quad.subject, quad.predicate, value, graph)


class Failed(Exception):
    """A step that cannot be done."""

    def __init__(
        self, kind: str, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        """Say what is wrong, and at which line and column of the text."""
        super().__init__(message)
        self.record: StepMessage = {
            "kind": kind,
            "message": message,
            "line": line,
            "column": column,
        }


def apply_edit(order: StepMessage) -> StepMessage:
    """Do the `steps` of an order on its `fork`; return `named` and `gained`, or `error`.

    `memory` is how many bytes they may take beyond what the process has with the fork open;
    `default` is the graph that clients write to as the default graph. `gained` is how many triples
    the merge has gained by then; the caller lets it follow the rest. `named` has all quads that the
    steps may have added or removed, as N-Quads, where they are known (INSERT DATA, DELETE DATA, a
    merge, what the solutions of a WHERE clause stand for) and few; else it is None. `error` has the
    kind, the message, and the place in the text; the kind `file` is an error of the system, such as
    a full disk, and `damage` one of a file of the fork.
    """
    try:
        fork = EditedFork(ox.Store(order["fork"]), ox.NamedNode(order["default"]))
        set_memory_limit(address_space() + order["memory"])
        do(fork, order["steps"])
    except Failed as failed:
        return {"error": failed.record}
    except OSError as error:
        return {"error": Failed("file", str(error)).record}
    except RuntimeError as error:
        if not str(error).startswith("Corruption"):
            raise
        return {"error": Failed("damage", str(error)).record}
    named = None if fork.named is None else "".join(f"{quad} .\n" for quad in fork.named)
    return {"named": named, "gained": fork.gained}
