"""The texts of the shapes in the seven languages of the product, for forms and workbooks.

Each language has a file in `shapes/translations`. The English name and message of a shape stand in
its own file, because validation reports use them. Validation itself reads no translation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from rdflib import Graph, Literal
from rdflib.namespace import SH
from rdflib.term import Node, URIRef

from urbansdg.shapes.model.shape_profile import PROFILES, read_profile

LANGUAGES: Final = ("en", "ko", "fr", "es", "ar", "ru", "zh")


@dataclass(frozen=True, slots=True)
class ShapeTexts:
    """The texts of a property shape in one language.

    `name` titles a field, `description` says what to enter, `message` says what is wrong and how
    to fix it. `name` is empty for a shape that is no field of a form.
    """

    name: str
    description: str
    message: str


def translation_files() -> Iterator[Traversable]:
    """Yield the file of each language."""
    yield from map(_file, LANGUAGES)


def _file(language: str) -> Traversable:
    return files("urbansdg.shapes") / "translations" / f"{language}.ttl"


@cache
def shape_texts(language: str) -> Mapping[str, ShapeTexts]:
    """Return the texts of all shapes in a language, by IRI.

    Raises `KeyError` for a language that is not in `LANGUAGES`.

    >>> shape_texts("fr")["https://w3id.org/urbansdg/shapes#BudgetAmount"].name
    'montant'
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    profile = read_profile(PROFILES[-1]).graph
    translation = Graph().parse(data=_file(language).read_bytes(), format="turtle")
    both = profile, translation
    shapes = {shape for graph in both for shape in graph.subjects(SH.message)}
    return {
        str(shape): ShapeTexts(
            *(_text(both, shape, predicate, language) for predicate in _PREDICATES)
        )
        for shape in shapes
        if isinstance(shape, URIRef)
    }


_PREDICATES: Final = (SH.name, SH.description, SH.message)


def _text(graphs: Iterable[Graph], shape: Node, predicate: URIRef, language: str) -> str:
    texts = (text for graph in graphs for text in graph.objects(shape, predicate))
    tagged = (text for text in texts if isinstance(text, Literal) and text.language == language)
    return next(map(str, tagged), "")
