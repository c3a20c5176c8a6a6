"""The command under another version of uvicorn: `python other_uvicorn.py NAME ARGUMENT ...`.

That version names one of its private classes, methods or attributes, `NAME`, otherwise.
"""

import importlib.util
import sys
from pathlib import Path

from urbansdg.cli import main

_INTERNALS = "uvicorn.protocols.http.httptools_impl"


def _rename(name: str) -> None:
    """Load uvicorn's module anew, with another name for one of its classes or methods."""
    spec = importlib.util.find_spec(_INTERNALS)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text("utf-8")
    assert name in source
    module = importlib.util.module_from_spec(spec)
    sys.modules[_INTERNALS] = module
    exec(compile(source.replace(name, f"{name}2"), spec.origin, "exec"), module.__dict__)  # noqa: S102  # uvicorn's own source


if __name__ == "__main__":
    _rename(sys.argv.pop(1))
    main()
