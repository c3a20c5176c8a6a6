"""A server process for the tests: `python serve_process.py data_dir=FOLDER [SETTING=VALUE ...]`.

It prints its address when it answers.
"""

import logging
import sys

from urbansdg.endpoint.server import serve
from urbansdg.settings import read_settings
from urbansdg.store import GraphStore

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    settings = read_settings(**dict(pair.split("=", 1) for pair in sys.argv[1:]))
    store = GraphStore.open(settings.data_dir, settings.base)
    serve(settings, store, lambda address: print(address, flush=True))
