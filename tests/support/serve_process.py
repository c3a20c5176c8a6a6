"""A server process for the tests: `python serve_process.py data_dir=FOLDER [SETTING=VALUE ...]`.

It prints its address when it answers. `uvicorn_without=NAME` stands for a version of uvicorn that
names one of its private classes or methods otherwise.
"""

import importlib
import importlib.util
import logging
import sys
from pathlib import Path

from urbansdg.endpoint.server import serve
from urbansdg.settings import read_settings
from urbansdg.store import GraphStore

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
    logging.basicConfig(level=logging.INFO)
    given = dict(pair.split("=", 1) for pair in sys.argv[1:])
    if "uvicorn_without" in given:
        _rename(given.pop("uvicorn_without"))
    settings = read_settings(**given)
    store = GraphStore.open(settings.data_dir, settings.base)
    serve(settings, store, lambda address: print(address, flush=True))
