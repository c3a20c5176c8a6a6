"""Queries as researchers, federated query engines and crawlers send them."""

import random
from dataclasses import dataclass

from urbansdg.ontology.iris import Iris
from urbansdg.ontology.namespaces import PREFIXES

_PROLOGUE = "".join(
    f"PREFIX {name}: <{PREFIXES[name]}>\n"
    for name in ("usdg", "sdg", "dcterms", "skos", "geo", "rdf", "xsd")
)
_SEED = 7
_PER_CITY = 10
_VARIANTS = 200
_BOUND = 100


@dataclass(frozen=True)
class Task:
    """A query in variants; `clients` are the numbers of concurrent clients.

    `is_point` says that it looks up one thing; other tasks compute.
    """

    name: str
    queries: tuple[str, ...]
    clients: tuple[int, ...] = (1, 8)
    is_point: bool = False


def tasks(iris: Iris, policies: int) -> tuple[Task, ...]:
    """Return the tasks for the invented graph with that many policies."""
    chance = random.Random(_SEED)  # noqa: S311  # invented data, no secret

    def point(template: str) -> tuple[str, ...]:
        numbers = (chance.randrange(policies) for _ in range(_VARIANTS))
        return tuple(_PROLOGUE + template.format(**_names(iris, number)) for number in numbers)

    bound = tuple(_bound(iris, chance, policies) for _ in range(_VARIANTS))
    every = (1, 8, 64)
    return (
        Task("describe a policy", point("DESCRIBE {policy}"), every, is_point=True),
        Task("facts of a city", point("SELECT ?p ?o {{ {city} ?p ?o }}"), every, is_point=True),
        Task("join of four patterns", _one(_JOIN), every),
        Task("VALUES of 100", bound, every),
        Task("OPTIONAL", _one(_OPTIONAL)),
        Task("aggregate", _one(_AGGREGATE)),
        Task("count by class", _one(_CLASSES)),
        Task("count of a join", _one(_JOINED)),
        Task("ORDER BY LIMIT", _one(_ORDERED)),
        Task("path", point("SELECT ?it {{ {policy} usdg:adaptedFrom+ ?it }}"), is_point=True),
        Task("regex", _one(_REGEX)),
        Task("box", _one(_BOX)),
        Task("dump of 100,000 rows", _one(_DUMP)),
    )


def _one(body: str) -> tuple[str, ...]:
    return (_PROLOGUE + body,)


def _names(iris: Iris, number: int) -> dict[str, str]:
    city = str(number // _PER_CITY)
    return {
        "policy": f"<{iris.policy(city, f'policy-{number}')}>",
        "city": f"<{iris.city(city)}>",
    }


def _bound(iris: Iris, chance: random.Random, policies: int) -> str:
    numbers = chance.sample(range(policies), min(_BOUND, policies))
    values = " ".join(_names(iris, number)["policy"] for number in numbers)
    return _PROLOGUE + (
        f"SELECT * {{ VALUES ?it {{ {values} }} ?it dcterms:title ?title ; usdg:leadCity ?city }}"
    )


_JOIN = """SELECT ?name ?title ?amount {
  ?policy usdg:addressesTarget sdg:11.2 ; dcterms:title ?title ; usdg:leadCity ?city ;
          usdg:budget ?budget .
  ?budget usdg:amount ?amount . ?city skos:prefLabel ?name }"""
_OPTIONAL = """SELECT ?title ?from ?to ?obstacle {
  ?policy usdg:addressesTarget sdg:11.2 ; dcterms:title ?title .
  OPTIONAL { ?policy usdg:implementationPeriod ?period . ?period usdg:startYear ?from
             OPTIONAL { ?period usdg:endYear ?to } }
  OPTIONAL { ?policy usdg:obstacle/dcterms:description ?obstacle } }"""
_AGGREGATE = """SELECT ?currency (COUNT(*) AS ?n) (SUM(?amount) AS ?sum) {
  ?budget usdg:amount ?amount ; usdg:currency ?currency } GROUP BY ?currency"""
_CLASSES = "SELECT ?class (COUNT(*) AS ?n) { ?thing a ?class } GROUP BY ?class"
_JOINED = """SELECT (COUNT(*) AS ?n) {
  ?policy usdg:leadCity ?city ; usdg:theme ?theme . ?city skos:prefLabel ?name }"""
_ORDERED = """SELECT ?policy ?amount {
  ?policy usdg:budget/usdg:amount ?amount } ORDER BY DESC(?amount) LIMIT 10"""
_REGEX = """SELECT ?policy ?title {
  ?policy dcterms:title ?title FILTER(REGEX(?title, "policy 99[0-9]* ", "i")) }"""
_BOX = """SELECT ?city ?lat ?long { ?city geo:lat ?lat ; geo:long ?long
  FILTER(?lat > 35 && ?lat < 60 && ?long > -10 && ?long < 30) }"""
_DUMP = "SELECT * { ?s ?p ?o } LIMIT 100000"
