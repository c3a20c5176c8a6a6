"""The queries of overviews; pages link to them, so that readers can check each number."""

from collections.abc import Iterable
from typing import Final

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


def _marked(policies: str) -> str:
    """Return a pattern of policies with their cities, and whether they have budgets, outcomes."""
    return f"""{{ SELECT DISTINCT ?policy ?city ?budgeted ?achieving {{
    ?policy a usdg:Policy . {policies}
    OPTIONAL {{ ?policy usdg:leadCity ?city }}
    OPTIONAL {{ ?policy usdg:budget ?budget BIND(?policy AS ?budgeted) }}
    OPTIONAL {{ ?policy usdg:outcome ?outcome BIND(?policy AS ?achieving) }} }} }}"""


_COUNTS: Final = """(COUNT(DISTINCT ?policy) AS ?policies) (COUNT(DISTINCT ?city) AS ?cities)
  (COUNT(DISTINCT ?country) AS ?countries) (COUNT(DISTINCT ?budgeted) AS ?budgets)
  (COUNT(DISTINCT ?achieving) AS ?outcomes)"""


def totals_query(policies: str) -> str:
    """Return the query for the number of policies, cities and countries."""
    return _query(f"""SELECT {_COUNTS} {{
  {_marked(policies)}
  OPTIONAL {{ ?city usdg:country ?country }} }}""")


def regions_query(policies: str) -> str:
    """Return the query for the same numbers by statistical area of the UN."""
    return _query(f"""SELECT ?area {_COUNTS} {{
  {_marked(policies)}
  ?city usdg:country ?country . ?country usdg:withinArea+ ?area }} GROUP BY ?area""")


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


def measured_query(indicator: str) -> str:
    """Return the query for the values of an indicator by city and period."""
    return _query(f"""SELECT ?observation ?city ?year ?value ?unit {{
  ?observation usdg:indicator <{indicator}> ; sdmx-dimension:refArea ?city ;
    sdmx-dimension:refPeriod ?year ; sdmx-measure:obsValue ?value .
  OPTIONAL {{ ?observation sdmx-attribute:unitMeasure ?unit }}
  OPTIONAL {{ ?observation usdg:urbanisation ?urbanisation }}
}} ORDER BY ?city ?year LIMIT {MOST}""")


AREAS: Final = _query("""SELECT ?area ?within (COUNT(DISTINCT ?city) AS ?cities) {
  ?area a usdg:StatisticalArea .
  OPTIONAL { ?area usdg:withinArea ?within }
  OPTIONAL { ?city a usdg:City ; usdg:country ?country . ?country usdg:withinArea+ ?area }
} GROUP BY ?area ?within ORDER BY ?area""")
"""The areas of the UN, with the number of cities of the graph in each."""

COUNTRIES: Final = _query("""SELECT ?country ?area {
  ?country a usdg:Country ; usdg:withinArea ?area }""")
"""The areas that countries are directly in."""
