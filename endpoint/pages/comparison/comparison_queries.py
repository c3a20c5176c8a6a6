"""The queries of the comparison of cities. Workers evaluate them, within the limits of pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.cube_dimensions import BREAKDOWN_DIMENSIONS
from urbansdg.ontology.namespaces import PREFIXES, SDG, VOCAB

_MOST_ROWS: Final = 2_000
_DECIMAL: Final = NamedNode(f"{PREFIXES['xsd']}decimal")
_PREFIXES: Final = "".join(
    f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n"
    for prefix in ("usdg", "skos", "dcterms", "sdmx-attribute", "sdmx-dimension", "sdmx-measure")
)
_NAMES: Final = "skos:prefLabel|skos:altLabel|usdg:shortName"


def _values(variable: str, iris: Iterable[str]) -> str:
    return f"VALUES ?{variable} {{ {' '.join(str(NamedNode(iri)) for iri in iris)} }}"


@dataclass(frozen=True, slots=True)
class PolicyFilter:
    """The policies that count: for a goal by its code, on a theme by its IRI; None for all."""

    goal: str | None = None
    theme: str | None = None

    @property
    def pattern(self) -> str:
        """The pattern that leaves these policies."""
        goal = f"?policy usdg:addressesGoal {NamedNode(SDG[self.goal])} ." if self.goal else ""
        theme = f"?policy usdg:theme {NamedNode(self.theme)} ." if self.theme else ""
        return f"{goal} {theme}"


_EVERY: Final = PolicyFilter()


def facts_query(cities: Iterable[str]) -> str:
    """Return the query for the country, the areas and the populations of cities."""
    return f"""{_PREFIXES}SELECT DISTINCT ?city ?country ?area ?people ?period ?kind {{
        {_values("city", cities)} ?city a usdg:City
        OPTIONAL {{ ?city usdg:country ?country OPTIONAL {{ ?country usdg:withinArea ?area }} }}
        OPTIONAL {{ ?city usdg:population ?count . ?count sdmx-measure:obsValue ?people ;
                    sdmx-dimension:refPeriod ?period OPTIONAL {{ ?count usdg:areaKind ?kind }} }}
        }} ORDER BY ?city ?period ?kind ?country ?area LIMIT {_MOST_ROWS}"""


def policies_query(cities: Iterable[str], of: PolicyFilter) -> str:
    """Return the query for the numbers of policies of cities, as lead city or as partner."""
    return f"""{_PREFIXES}SELECT ?city (COUNT(DISTINCT ?policy) AS ?policies) {{
        {_values("city", cities)} ?policy usdg:leadCity|usdg:partnerCity ?city . {of.pattern}
        }} GROUP BY ?city"""


def topics_query(cities: Iterable[str], way: str, of: PolicyFilter = _EVERY) -> str:
    """Return the query for the numbers of policies of cities by goal, target or theme.

    `way` is the property of a policy, with its prefix.
    """
    return f"""{_PREFIXES}SELECT ?city ?about (COUNT(DISTINCT ?policy) AS ?policies) {{
        {_values("city", cities)} ?policy usdg:leadCity|usdg:partnerCity ?city ; {way} ?about .
        {of.pattern} }} GROUP BY ?city ?about ORDER BY ?about ?city LIMIT {_MOST_ROWS}"""


def listed_query(cities: Iterable[str], of: PolicyFilter) -> str:
    """Return the query for the policies of cities, and the offices that one may ask about them."""
    return f"""{_PREFIXES}SELECT DISTINCT ?city ?policy ?office {{
        {_values("city", cities)} ?policy usdg:leadCity|usdg:partnerCity ?city . {of.pattern}
        FILTER(isIRI(?policy)) OPTIONAL {{ ?policy usdg:contact ?office }}
        }} ORDER BY ?city ?policy ?office LIMIT {_MOST_ROWS}"""


def offices_query(cities: Iterable[str]) -> str:
    """Return the query for the offices of cities."""
    return f"""{_PREFIXES}SELECT DISTINCT ?city ?office {{
        {_values("city", cities)} ?city usdg:contact ?office
        }} ORDER BY ?city ?office LIMIT {_MOST_ROWS}"""


def themes_query() -> str:
    """Return the query for the themes of the project."""
    return f"""{_PREFIXES}SELECT DISTINCT ?theme {{
        ?theme skos:inScheme <{VOCAB}theme> }} ORDER BY ?theme LIMIT {_MOST_ROWS}"""


def budgets_query(cities: Iterable[str], of: PolicyFilter) -> str:
    """Return the query for the total costs of policies by lead city, stage, currency and year."""
    return f"""{_PREFIXES}SELECT ?city ?policy ?stage ?currency ?year (MAX(?number) AS ?amount) {{
        {_values("city", cities)} ?policy usdg:leadCity ?city ; usdg:budget ?budget . {of.pattern}
        ?budget usdg:budgetCoverage <{VOCAB}budget-coverage#whole-policy> ;
                usdg:costType <{VOCAB}cost-type#all-costs> ;
                usdg:amount ?number ; usdg:currency ?currency
        OPTIONAL {{ ?budget usdg:budgetStage ?stage }}
        OPTIONAL {{ ?budget usdg:priceYear ?prices }}
        OPTIONAL {{ ?budget usdg:year ?stated }}
        BIND(COALESCE(?prices, ?stated) AS ?year)
        }} GROUP BY ?city ?policy ?stage ?currency ?year
        ORDER BY ?city ?policy ?stage ?currency ?year LIMIT {_MOST_ROWS}"""


def indicators_query(cities: Iterable[str]) -> str:
    """Return the query for the observations of cities, those of parts of the people left out."""
    return f"""{_PREFIXES}SELECT DISTINCT ?city ?indicator ?period ?value ?unit {{
        {_values("city", cities)} ?seen sdmx-dimension:refArea ?city ; usdg:indicator ?indicator ;
            sdmx-dimension:refPeriod ?period ; sdmx-measure:obsValue ?value .
        FILTER NOT EXISTS {{ ?city usdg:population ?seen }}
        FILTER NOT EXISTS {{ ?seen {"|".join(BREAKDOWN_DIMENSIONS)} ?part
                             FILTER(STR(?part) != "_T") }}
        FILTER NOT EXISTS {{ ?seen sdmx-dimension:sex ?sex FILTER(!STRENDS(STR(?sex), "-T")) }}
        OPTIONAL {{ ?seen sdmx-attribute:unitMeasure ?unit
                    FILTER(!isLiteral(?unit) || LANG(?unit) IN ("en", "")) }}
        }} ORDER BY ?indicator ?city ?period ?unit LIMIT {_MOST_ROWS}"""


def names_query(words: str, language: str, most: int) -> str:
    """Return the query for cities whose names have all the words, in any language; all without."""
    filters = " && ".join(
        f"CONTAINS(LCASE(STR(?name)), LCASE({Literal(word)}))" for word in words.split()[:8]
    )
    named = f"?city {_NAMES} ?name FILTER({filters})" if filters else ""
    return f"""{_PREFIXES}SELECT ?city (MIN(?key) AS ?first) {{
        {{ SELECT DISTINCT ?city {{ ?city a usdg:City . FILTER(isIRI(?city)) {named} }} }}
        OPTIONAL {{ ?city skos:prefLabel ?label
            BIND(CONCAT(IF(LANG(?label) = {Literal(language)}, "0",
                IF(LANG(?label) = "en", "1", "2")), LCASE(STR(?label))) AS ?key) }}
        }} GROUP BY ?city ORDER BY ?first ?city LIMIT {most}"""


def neighbours_query(city: str, most: int) -> str:
    """Return the query for cities with policies in the countries around that of a city."""
    return f"""{_PREFIXES}SELECT DISTINCT ?other {{
        {_values("mine", [city])} ?mine usdg:country/usdg:withinArea ?area .
        ?country usdg:withinArea ?area . ?other usdg:country ?country
        FILTER(?other != ?mine && isIRI(?other))
        FILTER EXISTS {{ ?policy usdg:leadCity ?other }} }} ORDER BY ?other LIMIT {most}"""


def peers_query(city: str, least: Decimal, most_people: Decimal, most: int) -> str:
    """Return the query for cities with policies whose population is between two numbers."""
    low, high = (Literal(f"{n:f}", datatype=_DECIMAL) for n in (least, most_people))
    return f"""{_PREFIXES}SELECT DISTINCT ?other {{
        ?other usdg:population ?count . ?count sdmx-measure:obsValue ?people
        FILTER(?people >= {low} && ?people <= {high})
        FILTER(?other != {NamedNode(city)} && isIRI(?other)) ?other a usdg:City
        FILTER EXISTS {{ ?policy usdg:leadCity ?other }} }} ORDER BY ?other LIMIT {most}"""


def sharers_query(city: str, topics: Iterable[str], most: int) -> str:
    """Return the query for the other cities with policies on most of some themes and targets.

    The topics are constants: with those of the city in the query, 100,000 policies took 30 s.
    """
    return f"""{_PREFIXES}SELECT ?other (COUNT(DISTINCT ?about) AS ?shared) {{
        {_values("about", topics)}
        {{ ?policy usdg:theme ?about }} UNION {{ ?policy usdg:addressesTarget ?about }}
        ?policy usdg:leadCity ?other FILTER(?other != {NamedNode(city)} && isIRI(?other))
        }} GROUP BY ?other ORDER BY DESC(?shared) ?other LIMIT {most}"""
