"""A graph of invented cities and policies of any size, the same for each run."""

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.synthetic_tables import COUNTRIES
from urbansdg.ontology.iris import Iris, part, sdg
from urbansdg.ontology.namespaces import PREFIXES, VOCAB

_SEED = 20_261_123
_TARGETS = [f"{goal}.{number}" for goal in range(1, 18) for number in range(1, 4)]
"""Every goal has at least three targets with a number."""

_PER_CITY = 10
_WITH_OBSTACLE, _ENDED, _ADAPTED = 0.5, 0.7, 0.1
_THEMES = ("transport", "water", "waste", "energy", "housing", "safety", "health", "governance")
_WORDS = (
    *("the", "city", "and", "its", "residents", "planned", "new", "lines", "of", "transit"),
    *("housing", "for", "families", "with", "water", "energy", "from", "waste", "budget", "parks"),
    *("resilience", "monitoring", "flood", "cycling", "equity", "participation", "schools", "data"),
)


def write_dataset(file: Path, iris: Iris, policies: int) -> None:
    """Write the policies, and a tenth as many cities, as N-Triples: 24 triples per policy.

    Each policy has a budget, a claim and a period, half of them an obstacle; a tenth is adapted
    from an earlier one.
    """
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
    country, (south, west, north, east) = list(COUNTRIES.items())[number % len(COUNTRIES)]
    yield f"{city} {_term('usdg:country')} <{iris.thing('country', country)}> .\n"
    for axis, least, most in (("geo:lat", south, north), ("geo:long", west, east)):
        degrees = f'"{chance.uniform(least, most):.4f}"^^{_term("xsd:decimal")}'
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
    yield f"{policy} {_term('dcterms:source')} <https://city-{city}.example/policies/{number}> .\n"
    yield f"{policy} {_term('usdg:budget')} {budget} .\n"
    yield f"{budget} {_term('rdf:type')} {_term('usdg:Budget')} .\n"
    amount = chance.randrange(10_000, 900_000_000)
    yield f'{budget} {_term("usdg:amount")} "{amount}"^^{_term("xsd:decimal")} .\n'
    yield f'{budget} {_term("usdg:currency")} "{chance.choice(("EUR", "KRW", "USD"))}" .\n'
    yield f"{policy} {_term('usdg:claim')} {claim} .\n"
    yield f"{claim} {_term('rdf:type')} {_term('usdg:TargetClaim')} .\n"
    yield f"{claim} {_term('usdg:target')} <{sdg(target)}> .\n"
    yield f"{claim} {_term('usdg:claimKind')} <{VOCAB}claim-kind#direct> .\n"
    yield f"{claim} {_term('usdg:claimant')} <{iris.city(str(city))}> .\n"
    yield f'{claim} {_term("usdg:evidence")} "{_abstract(chance)}"@en .\n'
    yield f"{policy} {_term('usdg:addressesTarget')} <{sdg(target)}> .\n"
    yield f'{policy} {_term("dcterms:abstract")} "{_abstract(chance)}"@en .\n'
    yield f"{policy} {_term('usdg:theme')} <{VOCAB}theme#{chance.choice(_THEMES)}> .\n"
    yield from _period(iri, chance)
    if chance.random() < _WITH_OBSTACLE:
        yield from _obstacle(iri, chance)
    if number and chance.random() < _ADAPTED:
        earlier = chance.randrange(number)
        before = iris.policy(str(earlier // _PER_CITY), f"policy-{earlier}")
        transfer = f"<{part(iri, 'transfer', 'first')}>"
        yield f"{policy} {_term('usdg:adaptedFrom')} <{before}> .\n"
        yield f"{policy} {_term('usdg:transfer')} {transfer} .\n"
        yield f"{transfer} {_term('rdf:type')} {_term('usdg:Transfer')} .\n"
        yield f"{transfer} {_term('usdg:origin')} <{before}> .\n"


def _abstract(chance: random.Random) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(12))


def _period(policy: str, chance: random.Random) -> Iterator[str]:
    period, start = f"<{part(policy, 'period', 'main')}>", chance.randrange(1990, 2024)
    yield f"<{policy}> {_term('usdg:implementationPeriod')} {period} .\n"
    yield f"{period} {_term('rdf:type')} {_term('usdg:ImplementationPeriod')} .\n"
    yield f"{period} {_term('usdg:periodKind')} <{VOCAB}period-kind#actual> .\n"
    yield f'{period} {_term("usdg:startYear")} "{start}"^^{_term("xsd:gYear")} .\n'
    if chance.random() < _ENDED:
        yield f'{period} {_term("usdg:endYear")} "{start + 5}"^^{_term("xsd:gYear")} .\n'


def _obstacle(policy: str, chance: random.Random) -> Iterator[str]:
    obstacle = f"<{part(policy, 'obstacle', 'first')}>"
    yield f"<{policy}> {_term('usdg:obstacle')} {obstacle} .\n"
    yield f"{obstacle} {_term('rdf:type')} {_term('usdg:Obstacle')} .\n"
    yield f'{obstacle} {_term("dcterms:description")} "{_abstract(chance)}"@en .\n'


def _term(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>"
