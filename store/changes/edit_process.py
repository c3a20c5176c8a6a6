"""The child process that does the steps of an edit on a fork, and may die of them.

`edit.py` calls `apply_edit` in it (`urbansdg.sandbox.child_process.call`). A text that is nested
too deeply overflows its stack, and an entity bomb aborts its parser; both cost this process and
nothing else. It imports the engine and nothing of `urbansdg.store`, which takes 200 ms, because it
starts with every write.
"""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from urbansdg.sandbox.resource_limits import address_space, set_memory_limit
from urbansdg.sparql.exact_casts import EXACT_CASTS

_MOST = 10_000
"""For more quads than this, comparing the two states is quicker than naming them."""

StepMessage = dict[str, Any]
TargetGraph = ox.NamedNode | ox.DefaultGraph


def do(store: ox.Store, orders: list[StepMessage]) -> str | None:
    """Do the steps in their order; return the quads that they may have added or removed."""
    named: list[str | None] = []
    for order in orders:
        if order["kind"] == "update":
            named.append(_edited(store, order))
        elif order["kind"] == "patch":
            _patch(store, order)
            named.append(None)
        else:
            _write(store, order)
            named.append(_named_in_file(order))
    return None if None in named else "".join(filter(None, named))


def _edited(store: ox.Store, order: StepMessage) -> str | None:
    """Do an update, operation by operation where these are known; return the quads it named."""
    operations = order.get("operations") or []
    if len(operations) > 1 and not _are_well_formed(order, operations):
        operations = []
    if not operations:
        _update(store, order["text"], order["base"])
        return _named_in_data(order)
    named: list[str | None] = []
    for operation in operations:
        whole = order["text"] if len(operations) == 1 else operation["text"]
        named.append(None if None in named else _named_by(store, operation, order["base"]))
        _update(store, whole, order["base"])
    return None if None in named else "".join(filter(None, named))


def _are_well_formed(order: StepMessage, operations: list[StepMessage]) -> bool:
    """Tell whether an update and its operations can all be read; nothing is changed by it.

    A syntax error is reported with its place in the whole text.
    """
    try:
        for text in (order["text"], *(operation["text"] for operation in operations)):
            with suppress(RuntimeError, ValueError, OSError):
                ox.Store().update(text, base_iri=order["base"] or None)
    except SyntaxError:
        return False
    return True


def _named_by(store: ox.Store, operation: StepMessage, base: str) -> str | None:
    """Return the quads that an operation may add or remove, asked before it is done."""
    if not operation["templates"]:  # it is on whole graphs
        return None
    try:
        quads = _stood_for(store, operation, base)
    except (SyntaxError, RuntimeError, ValueError, OSError):
        return None  # `_update` reports what is wrong
    return None if quads is None else "".join(f"{quad} .\n" for quad in quads)


def _stood_for(store: ox.Store, operation: StepMessage, base: str) -> set[ox.Quad] | None:
    """Return the quads of the templates for every solution of the pattern; None for too many."""
    scratch = ox.Store()
    for template in operation["templates"]:
        scratch.update(template, base_iri=base or None)
    mark, over = operation["mark"], None
    if operation["over"]:
        templates = ox.Store()
        templates.update(operation["over"], base_iri=base or None)
        over = next(iter(templates)).object
    quads: set[ox.Quad] = set()
    if not operation["query"]:
        return None if len(scratch) > _MOST or any(map(_nameless, scratch)) else set(scratch)
    dataset = None if operation["using"] else over  # FROM says it in the query
    rows = store.query(
        operation["query"],
        base_iri=base or None,
        default_graph=dataset,
        custom_functions=EXACT_CASTS,
    )
    for row in rows if isinstance(rows, ox.QuerySolutions) else ():
        for quad in scratch:
            quad_made = _quad_of_template(quad, row, mark, over)
            if quad_made is not None:
                quads.add(quad_made)
        if len(quads) > _MOST or any(map(_nameless, quads)):
            return None
    return quads


def _quad_of_template(
    quad: ox.Quad, row: ox.QuerySolution, mark: str, over: ox.NamedNode | None
) -> ox.Quad | None:
    """Return the quad of a template for a solution, None where that gives none."""

    def of(term: object) -> object:
        if isinstance(term, ox.NamedNode) and term.value.startswith(mark):
            return row[term.value.removeprefix(mark)]
        return over if over is not None and isinstance(term, ox.DefaultGraph) else term

    try:
        return ox.Quad(*map(of, quad))  # type: ignore[arg-type]  # it raises where they are not
    except TypeError:  # a variable that is not bound, or a literal where none may be
        return None


def _named_in_data(order: StepMessage) -> str | None:
    """Return the quads of an update on data alone, by inserting all into an empty store.

    `data_verbs` are the offsets of each INSERT and DELETE in its text; None for other updates.
    """
    verbs, text = order.get("data_verbs"), order["text"]
    if verbs is None:
        return None
    parts, done = [], 0
    for start, end in verbs:
        parts += [text[done:start], "INSERT"]
        done = end
    scratch = ox.Store()
    try:
        scratch.update("".join((*parts, text[done:])), base_iri=order["base"] or None)
    except SyntaxError:
        return None
    return _named_quads(scratch)


def _named_in_file(order: StepMessage) -> str | None:
    if order["kind"] != "merge" or not order["file"]:
        return None
    name = order["graph"]
    graph: TargetGraph = ox.DefaultGraph() if name == "default" else ox.NamedNode(name)
    scratch = ox.Store()
    for quad in _read(order, graph):
        scratch.add(quad)
        if len(scratch) > _MOST:
            return None
    return _named_quads(scratch)


def _named_quads(scratch: ox.Store) -> str | None:
    """Return the quads, None where they are many or have blank nodes, which have no name."""
    quads = list(scratch) if len(scratch) <= _MOST else [None]
    if any(quad is None or _nameless(quad) for quad in quads):
        return None
    return (scratch.dump(format=ox.RdfFormat.N_QUADS) or b"").decode()


def _nameless(quad: ox.Quad) -> bool:
    named = (ox.NamedNode, ox.Literal, ox.DefaultGraph)
    return not all(isinstance(term, named) for term in quad)


def _update(store: ox.Store, text: str, base: str) -> None:
    try:
        store.update(text, base_iri=base or None, custom_functions=EXACT_CASTS)
    except SyntaxError as error:
        raise Failed("syntax", str(error.msg), error.lineno, error.offset) from None
    except (RuntimeError, ValueError, OSError) as error:
        from urbansdg.sparql.extension_functions import missing_function

        name = missing_function(str(error))
        if name is None:
            raise Failed("refused", str(error)) from None
        failed = Failed("refused", f"there is no function {name}")
        failed.record["remedy"] = "Use another function; the service description lists them."
        raise failed from None


def _patch(store: ox.Store, order: StepMessage) -> None:
    """Do an update on one graph, the default one to it, that knows and leaves no other."""
    name = order["graph"]
    graph: TargetGraph = ox.DefaultGraph() if name == "default" else ox.NamedNode(name)
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


def _quad(triple: ox.Triple, graph: TargetGraph) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def _write(store: ox.Store, order: StepMessage) -> None:
    name = order["graph"]
    graph: TargetGraph = ox.DefaultGraph() if name == "default" else ox.NamedNode(name)
    if order["kind"] in ("replace", "drop"):
        store.remove_graph(graph)
    if order["kind"] != "drop" and isinstance(graph, ox.NamedNode):
        store.add_graph(graph)
    if order["file"]:
        store.extend(_read(order, graph))


def _read(order: StepMessage, graph: TargetGraph) -> Iterator[ox.Quad]:
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
    from urbansdg.ontology.bundled_context import context_refusal

    refusal = context_refusal(str(error.msg), file)
    if refusal is None:
        from urbansdg.ontology.character_names import with_character_names

        return Failed("payload", with_character_names(str(error.msg)), error.lineno, error.offset)
    ours = f", or name {order['homes'][0]}/context.jsonld" if order["homes"] else ""
    failed = Failed("payload", refusal)
    failed.record["remedy"] = f"Write that context into the document as an object{ours}."
    return failed


def _placed(quad: ox.Quad, graph: TargetGraph, *, is_xml: bool) -> ox.Quad:
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
    """Do the `steps` of an order on its `fork`; return `named` or `error`.

    `memory` is how many bytes they may take beyond what the process has with the fork open.
    `named` has all quads that the steps may have added or removed, as N-Quads, where they are known
    (INSERT DATA, DELETE DATA, a merge, what the solutions of a WHERE clause stand for) and few;
    else it is None. `error` has the kind, the message, and the place in the text; the kind `file`
    is an error of the system, such as a full disk, and `damage` one of a file of the fork.
    """
    try:
        store = ox.Store(order["fork"])
        set_memory_limit(address_space() + order["memory"])
        return {"named": do(store, order["steps"])}
    except Failed as failed:
        return {"error": failed.record}
    except OSError as error:
        return {"error": Failed("file", str(error)).record}
    except RuntimeError as error:
        if not str(error).startswith("Corruption"):
            raise
        return {"error": Failed("damage", str(error)).record}
