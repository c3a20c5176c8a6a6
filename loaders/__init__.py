"""Loaders: read sources into triples and load them into the graph."""

from typing import TYPE_CHECKING

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")

if TYPE_CHECKING:
    from urbansdg.loaders.drafts.draft import ReportProgress
    from urbansdg.loaders.pipeline.load import LoadOptions, LoadResult, initialise, load

__all__ = ["LoadOptions", "LoadResult", "ReportProgress", "initialise", "load"]

if not TYPE_CHECKING:  # a type checker reads the imports above, and reports any other name

    def __getattr__(name: str) -> object:
        """Import the pipeline at its first use: it takes 0.3 s, and child processes need none."""
        from importlib import import_module

        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = "drafts.draft" if name == "ReportProgress" else "pipeline.load"
        return getattr(import_module(f"{__name__}.{module}"), name)
