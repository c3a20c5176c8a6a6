"""The first code of a child process: it limits and isolates itself, then runs a function.

    python -P -m urbansdg.sandbox.child_main MODULE:FUNCTION ORDER

`child_process` writes the command line. ORDER is a JSON object:

    parent      the process id to die with, null to outlive it
    memory      bytes of address space, null for no limit
    open_files  how many files may be open at once, null for no limit
    niceness    by how much to give way to other processes
    ports       the TCP ports that it may connect to, null for any
    program     a program and its arguments to become, null for a function of ours
    file        the file of MODULE
    asks        whether the function answers one message from standard input on standard output
    arguments   the arguments of a function that does not

The module is run from its file, without the packages that it is in: to import `urbansdg.store`
takes 200 ms, and a child starts with every load and every write.
Imports here are few for the same reason: all of this takes 14 ms more than an empty interpreter.
"""

import importlib.util
import json
import os
import signal
import sys
from types import ModuleType
from typing import Any

from urbansdg.sandbox.frames import FrameStream
from urbansdg.sandbox.isolation import confine_network, die_with_parent
from urbansdg.sandbox.resource_limits import forbid_core_dumps, set_memory_limit, set_open_files

OUT_OF_MEMORY = 3
"""The exit status of a child in which Python was refused memory."""


def main(target: str, text: str) -> None:
    """Do an order (see above)."""
    order = json.loads(text)
    _restrict(order)
    if order["program"] is not None:
        os.execvp(order["program"][0], order["program"])  # noqa: S606  # there is no shell on purpose
    module, _, name = target.partition(":")
    try:
        function = getattr(_module(module, order["file"]), name)
        if order["asks"]:
            stream = FrameStream.standard()
            stream.send(function(stream.receive()))
        else:
            function(*order["arguments"])
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def _restrict(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as any other signal: no traceback
    if order["parent"] is not None:
        die_with_parent(order["parent"])
    forbid_core_dumps()
    os.nice(order["niceness"])
    if order["open_files"] is not None:
        set_open_files(order["open_files"])
    if order["memory"] is not None:
        set_memory_limit(order["memory"])
    if order["ports"] is not None:
        confine_network(order["ports"])


def _module(name: str, file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # a dataclass looks its module up here
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*sys.argv[1:])
