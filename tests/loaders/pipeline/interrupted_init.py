"""An init in a process of its own, which stops at a step and waits to be killed.

Arguments: the directory, the step.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

from urbansdg.loaders import initialise
from urbansdg.store import GraphStore


def _main(directory: str, step: str) -> None:
    def observe(done: str) -> None:
        if done == step:
            print("here", flush=True)
            time.sleep(600)

    initialise(replace(GraphStore.open(Path(directory)), observe=observe), "killed")


if __name__ == "__main__":
    _main(*sys.argv[1:])
