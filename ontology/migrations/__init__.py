"""The updates that bring data of an earlier version of the ontology up to date.

Each folder, as `0.3.0-to-1.0.0`, has SPARQL updates, which run in the order of their names. They
work on any SPARQL endpoint. In every operation:

- the templates and the pattern are in `GRAPH ?g { ... }`, so that each graph keeps its data;
- the pattern has no solution in data that are up to date, so that an update changes nothing the
  second time.

`urbansdg.store.changes.migration` runs them.
"""

from functools import cache
from importlib.resources import files


@cache
def migration_updates() -> tuple[str, ...]:
    """Return the SPARQL updates of all versions, in the order in which they run."""
    folders = sorted(
        (path for path in files(__package__ or "").iterdir() if "-to-" in path.name),
        key=lambda path: _numbers(path.name),
    )
    return tuple(
        file.read_text("utf-8")
        for folder in folders
        for file in sorted(folder.iterdir(), key=lambda path: path.name)
        if file.name.endswith(".ru")
    )


def _numbers(folder: str) -> tuple[int, ...]:
    """Return the version that a folder starts from, as numbers: 0.10.0 comes after 0.9.0."""
    return tuple(map(int, folder.partition("-to-")[0].split(".")))
