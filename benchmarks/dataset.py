"""A graph of invented cities and policies, as large as is wanted, the same every time."""

import random
from collections.abc import Iterator
from pathlib import Path

from urbansdg.ontology.iris import Iris, part, sdg
from urbansdg.ontology.names import PREFIXES

_SEED = 20_261_123
_TARGETS = [f"{goal}.{number}" for goal in range(1, 18) for number in range(1, 6)]
_PER_CITY = 10


def write_dataset(file: Path, iris: Iris, policies: int) -> None:
    """Write that many policies, of a tenth as many cities, with budgets and claims (N-Triples)."""
    chance = random.Random(_SEED)  # noqa: S311  # invented data, no secret
    with file.open("w", encoding="utf-8") as out:
        for number in range(policies // _PER_CITY):
            out.writelines(_city(iris, number, chance))
        for number in range(policies):
            out.writelines(_policy(iris, number, chance))


def _city(iris: Iris, number: int, chance: random.Random) -> Iterator[str]:
    city = f"<{iris.city(str(number))}>"
    yield f"{city} {_term('rdf:type')} {_term('usdg:City')} .\n"
    yield f'{city} {_term("skos:prefLabel")} "City {number}"@en .\n'
    for axis, most in (("geo:lat", 70), ("geo:long", 180)):
        degrees = f'"{chance.uniform(-most, most):.4f}"^^{_term("xsd:decimal")}'
        yield f"{city} {_term(axis)} {degrees} .\n"


def _policy(iris: Iris, number: int, chance: random.Random) -> Iterator[str]:
    city = number // _PER_CITY
    iri = iris.policy(str(city), f"policy-{number}")
    policy, budget = f"<{iri}>", f"<{part(iri, 'budget', 'total')}>"
    target = chance.choice(_TARGETS)
    claim = f"<{part(iri, 'claim', target)}>"
    yield f"{policy} {_term('rdf:type')} {_term('usdg:Policy')} .\n"
    yield f'{policy} {_term("dcterms:title")} "Policy {number} of city {city}"@en .\n'
    yield f"{policy} {_term('usdg:leadCity')} <{iris.city(str(city))}> .\n"
    yield f"{policy} {_term('usdg:budget')} {budget} .\n"
    yield f"{budget} {_term('rdf:type')} {_term('usdg:Budget')} .\n"
    amount = chance.randrange(10_000, 900_000_000)
    yield f'{budget} {_term("usdg:amount")} "{amount}"^^{_term("xsd:decimal")} .\n'
    yield f'{budget} {_term("usdg:currency")} "{chance.choice(("EUR", "KRW", "USD"))}" .\n'
    yield f"{policy} {_term('usdg:claim')} {claim} .\n"
    yield f"{claim} {_term('usdg:target')} <{sdg(target)}> .\n"
    yield f"{policy} {_term('usdg:addressesTarget')} <{sdg(target)}> .\n"


def _term(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"
