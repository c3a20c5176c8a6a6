"""The queries of overviews; pages link to them, so that readers can check each number."""

from collections.abc import Iterable
from typing import Final

from urbansdg.endpoint.html.cube_dimensions import BREAKDOWN_DIMENSIONS
from urbansdg.ontology.namespaces import PREFIXES

MOST: Final = 2_000
"""The most policies in the table of a page; the list of policies has all."""

_USED: Final = (
    *("usdg", "sdgo", "skos", "org", "qb"),
    *("sdmx-dimension", "sdmx-measure", "sdmx-attribute"),
)


def _query(text: str) -> str:
    used: Iterable[str] = (name for name in _USED if f"{name}:" in text)
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used) + text


def countries_query(policies: str) -> str:
    """Return the query for the number of policies by country, with their cities.

    It also counts those with a budget and with an outcome. A page adds the countries up to regions:
    a path over regions for each policy takes twenty times as long.
    """
    return _query(f"""SELECT ?country (COUNT(?policy) AS ?policies)
  (COUNT(DISTINCT ?city) AS ?cities) (SUM(?budgeted) AS ?budgets) (SUM(?achieving) AS ?outcomes) {{
  SELECT ?policy (MIN(?ofCity) AS ?city) (MIN(?ofCountry) AS ?country)
    (MAX(IF(BOUND(?budget), 1, 0)) AS ?budgeted) (MAX(IF(BOUND(?outcome), 1, 0)) AS ?achieving) {{
    ?policy a usdg:Policy . {policies}
    OPTIONAL {{ ?policy usdg:leadCity ?ofCity OPTIONAL {{ ?ofCity usdg:country ?ofCountry }} }}
    OPTIONAL {{ ?policy usdg:budget ?budget }} OPTIONAL {{ ?policy usdg:outcome ?outcome }}
  }} GROUP BY ?policy
}} GROUP BY ?country ORDER BY ?country""")


def goals_query(policies: str) -> str:
    """Return the query for the number of policies by goal."""
    return _query(f"""SELECT ?goal (COUNT(DISTINCT ?policy) AS ?policies) {{
  ?policy a usdg:Policy . {policies} ?policy usdg:addressesGoal ?goal
}} GROUP BY ?goal ORDER BY DESC(?policies) ?goal""")


def cities_query(cities: str) -> str:
    """Return the query for cities with their number of policies."""
    return _query(f"""SELECT ?city (COUNT(DISTINCT ?policy) AS ?policies) {{
  ?city a usdg:City . {cities} OPTIONAL {{ ?policy usdg:leadCity ?city }}
}} GROUP BY ?city ORDER BY DESC(?policies) ?city LIMIT {MOST}""")


def indicators_query(target: str) -> str:
    """Return the query for the indicators of a target, with their tiers and custodians."""
    return _query(f"""SELECT ?indicator ?tier ?custodian {{
  <{target}> sdgo:hasIndicator|skos:narrower ?indicator .
  OPTIONAL {{ ?indicator usdg:tier ?tier }} OPTIONAL {{ ?indicator usdg:custodian ?custodian }}
}} LIMIT {MOST}""")


def targets_query(goal: str) -> str:
    """Return the query for the targets of a goal, with their number of policies and cities."""
    return _query(f"""SELECT ?target (COUNT(DISTINCT ?policy) AS ?policies)
  (COUNT(DISTINCT ?city) AS ?cities) {{
  <{goal}> sdgo:hasTarget|skos:narrower ?target .
  OPTIONAL {{ ?policy usdg:addressesTarget ?target . ?policy a usdg:Policy .
    OPTIONAL {{ ?policy usdg:leadCity ?city }} }}
}} GROUP BY ?target LIMIT {MOST}""")


def rows_query(policies: str) -> str:
    """Return the query for the policies with what the columns of their table need."""
    return _query(f"""SELECT ?policy (MIN(?ofCity) AS ?city) (MIN(?ofCountry) AS ?country)
  (MIN(?state) AS ?status) (MIN(?start) AS ?year)
  (COUNT(DISTINCT ?budget) AS ?budgets) (COUNT(DISTINCT ?outcome) AS ?outcomes) {{
  ?policy a usdg:Policy . {policies}
  OPTIONAL {{ ?policy usdg:leadCity ?ofCity OPTIONAL {{ ?ofCity usdg:country ?ofCountry }} }}
  OPTIONAL {{ ?policy usdg:status ?state }}
  OPTIONAL {{ ?policy usdg:implementationPeriod ?period . ?period usdg:startYear ?start }}
  OPTIONAL {{ ?policy usdg:budget ?budget }} OPTIONAL {{ ?policy usdg:outcome ?outcome }}
}} GROUP BY ?policy ORDER BY ?policy LIMIT {MOST}""")


_FURTHER: Final = "|".join(BREAKDOWN_DIMENSIONS[2:])
"""The dimensions that only some data sets have; age and urbanisation are in every one."""


def measured_query(indicator: str) -> str:
    """Return the query for the values of an indicator by city and period."""
    return _query(f"""SELECT ?observation ?city ?year ?value ?unit {{
  ?observation usdg:indicator <{indicator}> ; sdmx-dimension:refArea ?city ;
    sdmx-dimension:refPeriod ?year ; sdmx-measure:obsValue ?value .
  OPTIONAL {{ ?observation sdmx-attribute:unitMeasure ?unit }}
  OPTIONAL {{ ?observation usdg:urbanisation ?urbanisation }}
  FILTER NOT EXISTS {{ ?observation {_FURTHER} ?part FILTER(?part != "_T") }}
}} ORDER BY ?city ?year LIMIT {MOST}""")


AREAS: Final = _query("""SELECT ?area ?within {
  ?area a usdg:StatisticalArea . OPTIONAL { ?area usdg:withinArea ?within } } ORDER BY ?area""")
"""The areas of the UN, and the areas that they are in."""

COUNTRIES: Final = _query("""SELECT ?country ?area (COUNT(?city) AS ?cities) {
  ?country a usdg:Country . OPTIONAL { ?country usdg:withinArea ?area }
  OPTIONAL { ?city usdg:country ?country . ?city a usdg:City } } GROUP BY ?country ?area""")
"""The areas that countries are directly in, with the number of cities of the graph."""
