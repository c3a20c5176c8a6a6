"""The files of the ontology and of its concept schemes, which loads and documents are made from."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

_FOLDER = files(__package__ or "")


def ontology_files() -> Iterator[Traversable]:
    """Yield the files of the ontology: its terms, and the structure of its data cube."""
    yield _FOLDER / "ontology.ttl"
    yield _FOLDER / "cube.ttl"


def scheme_files() -> list[Traversable]:
    """Return the files of the concept schemes, sorted by name."""
    schemes = (file for file in (_FOLDER / "vocab").iterdir() if file.name.endswith(".ttl"))
    return sorted(schemes, key=lambda file: file.name)
