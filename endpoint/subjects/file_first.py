"""A version whose subjects are read from its subject file, and everything else from its store."""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from urbansdg.endpoint.subjects.current_subjects import CurrentSubjects
from urbansdg.store import ReadableGraph

Node = NamedNode | BlankNode


@dataclass(frozen=True, slots=True, eq=False)
class FileFirst:
    """The graph of a version: the statements on a thing of one graph come from the file."""

    store: ReadableGraph
    subjects: CurrentSubjects

    def quads_for_pattern(
        self,
        subject: Node | Triple | None,
        predicate: NamedNode | None,
        object: Node | Literal | Triple | None,  # noqa: A002  # pyoxigraph's name
        graph_name: Node | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads of a pattern, None standing for anything."""
        if isinstance(subject, NamedNode) and predicate is object is graph_name is None:
            text = self.subjects.n_quads(subject.value)
            if text is not None:
                return parse(text, format=RdfFormat.N_QUADS)
        return self.store.quads_for_pattern(subject, predicate, object, graph_name)

    def named_graphs(self) -> Iterator[Node]:
        """Yield the names of the graphs."""
        return self.store.named_graphs()

    def contains_named_graph(self, graph_name: Node | DefaultGraph) -> bool:
        """Tell whether there is a graph of that name."""
        return self.store.contains_named_graph(graph_name)

    def dump(
        self,
        output: str | PathLike[str] | None = None,
        format: RdfFormat | None = None,  # noqa: A002  # pyoxigraph's name
        *,
        from_graph: Node | DefaultGraph | None = None,
        prefixes: dict[str, str] | None = None,
    ) -> bytes | None:
        """Write a graph into a file."""
        return self.store.dump(output, format, from_graph=from_graph, prefixes=prefixes)
