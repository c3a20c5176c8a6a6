"""Which graph takes precedence where two graphs describe the same thing differently.

A subject has one preferred label in a language and a city one position. Where a graph that stands
higher says it, the lower one keeps its own label as an alternative and lets its position go.
Each step is a SPARQL update on the lower graph alone, the same whichever was loaded first.
"""

from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store.changes.change import Settlement

_STANDS_ABOVE = {
    "sdg": ("un-sdg-kos",),  # the UN's wording stands above our short labels
    "natural-earth": ("cities",),  # a city described with its sources, above a gazetteer
}
_ONE_ONLY = ("geo:lat", "geo:long", "gsp:hasGeometry", "usdg:country")


def settlements(iris: Iris, changed: frozenset[str]) -> tuple[Settlement, ...]:
    """Return the steps that a change of some graphs, by their names, asks for."""
    return tuple(
        step
        for lower, uppers in _STANDS_ABOVE.items()
        for upper in uppers
        if changed & {lower, upper}
        for step in (_labels(iris, lower, upper), _single(iris, lower, upper))
    )


def _labels(iris: Iris, lower: str, upper: str) -> Settlement:
    low, high = iris.graph(lower), iris.graph(upper)
    update = f"""{_prologue()}
        DELETE {{ GRAPH <{low}> {{ ?subject skos:prefLabel ?own }} }}
        INSERT {{ GRAPH <{low}> {{ ?subject skos:altLabel ?other }} }}
        WHERE {{
          GRAPH <{low}> {{ ?subject skos:prefLabel ?own }}
          FILTER EXISTS {{
            GRAPH <{high}> {{ ?subject skos:prefLabel ?better }}
            FILTER(LANG(?better) = LANG(?own)) }}
          BIND(EXISTS {{ GRAPH <{high}> {{ ?subject skos:prefLabel ?own }} }} AS ?same)
          BIND(IF(?same, ?nothing, ?own) AS ?other)
        }}"""
    return Settlement(low, update)


def _single(iris: Iris, lower: str, upper: str) -> Settlement:
    low, high = iris.graph(lower), iris.graph(upper)
    update = f"""{_prologue()}
        DELETE {{ GRAPH <{low}> {{ ?subject ?property ?own . ?own ?part ?value }} }}
        WHERE {{
          VALUES ?property {{ {" ".join(_ONE_ONLY)} }}
          GRAPH <{high}> {{ ?subject a usdg:City ; ?property ?better }}
          GRAPH <{low}> {{ ?subject ?property ?own }}
          OPTIONAL {{
            GRAPH <{low}> {{ ?own ?part ?value }}
            FILTER(?property = gsp:hasGeometry)
          }}
        }}"""
    return Settlement(low, update)


def _prologue() -> str:
    return "\n".join(f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items())
