"""Urban policies on the Sustainable Development Goals as a linked-open-data knowledge graph.

The packages of the product are folders at the root of the repository; the links in this folder make
them one package that every tool resolves. Import them as `urbansdg.store`, never as `store`.

The API for researchers is `urbansdg.open`; see `urbansdg.public_api`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urbansdg import errors
    from urbansdg.public_api import Graph, Validation
    from urbansdg.public_api import open_graph as open  # noqa: A004
    from urbansdg.query_rows import Iri, LanguageText, Rows

__version__ = "0.5.0"

__all__ = ["Graph", "Iri", "LanguageText", "Rows", "Validation", "__version__", "errors", "open"]

_PUBLIC = {
    "Graph": ("public_api", "Graph"),
    "Iri": ("query_rows", "Iri"),
    "LanguageText": ("query_rows", "LanguageText"),
    "Rows": ("query_rows", "Rows"),
    "Validation": ("public_api", "Validation"),
    "open": ("public_api", "open_graph"),
}

if not TYPE_CHECKING:  # a type checker reads the imports above, and reports any other name

    def __getattr__(name: str) -> object:
        """Import the public API at its first use: the engine behind it takes 0.4 s to import."""
        from importlib import import_module

        if name == "errors":
            return import_module(f"{__name__}.errors")
        if name not in _PUBLIC:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, attribute = _PUBLIC[name]
        return getattr(import_module(f"{__name__}.{module}"), attribute)

    def __dir__() -> list[str]:
        """List the public API too, before its first use: notebooks complete names from this."""
        return sorted({*globals(), *__all__})
