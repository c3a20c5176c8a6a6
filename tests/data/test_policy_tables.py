"""The bundled policies and all that hangs on them: enough of each, consistent, and with sources."""

import csv
import re
from collections import Counter
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable

import pyoxigraph as ox
import pytest

from urbansdg.errors import Problem
from urbansdg.loaders.drafts.table_drafts import POLICY_TABLES, Table
from urbansdg.loaders.tables.csv_table import read_table
from urbansdg.loaders.tables.field_mapping import table_results
from urbansdg.ontology.iris import Iris, concept

Row = dict[str, str]
Rows = list[Row]
Tables = dict[str, Rows]

NAMES = [table.name.removesuffix(".csv") for table in POLICY_TABLES]
PARTS = ["budgets", "periods", "stakeholders", "obstacles", "claims"]
PARTS += ["staff", "phases", "status_changes", "outcomes", "transfers"]
PART_KEYS = {
    "budgets": ("policy", "key"),
    "periods": ("policy", "kind"),
    "stakeholders": ("policy", "organisation", "role"),
    "obstacles": ("policy", "key"),
    "claims": ("policy", "target", "goal"),
    "staff": ("policy", "key"),
    "phases": ("policy", "key"),
    "status_changes": ("policy", "status", "date"),
    "outcomes": ("policy", "key"),
    "transfers": ("policy", "key"),
}
CONCEPTS = [
    ("policies", "theme", "theme"),
    ("policies", "type", "policy-type"),
    ("policies", "status", "status"),
    ("policies", "instrument", "instrument"),
    ("policies", "groups", "population-group"),
    ("budgets", "stage", "budget-stage"),
    ("budgets", "coverage", "budget-coverage"),
    ("budgets", "cost_type", "cost-type"),
    ("status_changes", "status", "status"),
    ("periods", "kind", "period-kind"),
    ("stakeholders", "role", "stakeholder-role"),
    ("obstacles", "kind", "obstacle-kind"),
    ("claims", "kind", "claim-kind"),
]
ORGANISATIONS = [
    ("budgets", "funding"),
    ("stakeholders", "organisation"),
    ("claims", "claimant"),
]
DEPRECATED = {"budgets": {"kind"}}
"""Columns that tables of older versions have."""
CURRENCIES = {"COP", "DKK", "EUR", "GBP", "INR", "KRW", "SEK", "SGD", "USD"}
EDITORS = "urban-sdg-graph-editors"
FOLDERS = [".", "example"]
TEXTS = ["title", "summary", "philosophy", "concept", "objective"]
TEXTS += ["results", "lessons", "conditions", "legal_basis"]
PART_TEXTS = [
    ("obstacles", "description"),
    ("obstacles", "plan_description"),
    ("obstacles", "plan_outcome"),
    ("claims", "evidence"),
    ("organisations", "name"),
    ("budgets", "as_stated"),
    *(("staff", "role"), ("phases", "title"), ("outcomes", "description")),
    *(("transfers", "changed"), ("transfers", "outcome"), ("indicators", "name")),
    *(("datasets", "title"), ("observations", "method"), ("cooperation", "title")),
    *(("cooperation", "description"), ("contacts", "name")),
    *(("media", "title"), ("media", "alternative")),
]
PRESENT = [
    pytest.param(folder, table, id=f"{folder}-{table.name}")
    for folder in (".", "example")
    for table in POLICY_TABLES
    if folder == "example" or files("urbansdg.data").joinpath(table.name).is_file()
]
OWN_SITES = re.compile(r"https://(haneul|bada)\.example/")


def read(folder: Traversable, name: str) -> Rows:
    """Return the rows of a table; there are none where there is no table."""
    file = folder.joinpath(f"{name}.csv")
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return list(csv.DictReader(text.splitlines()))


def listed(cell: str) -> list[str]:
    """Return the values of a cell."""
    return cell.split(" | ") if cell else []


def owners(rows: Rows) -> set[str]:
    """Return the policies that the rows belong to."""
    return {row["policy"] for row in rows}


@pytest.fixture(scope="module")
def data() -> Traversable:
    """Return the folder of the bundled tables."""
    return files("urbansdg.data")


@pytest.fixture(scope="module")
def real(data: Traversable) -> Tables:
    """Return the tables of the real policies."""
    return {name: read(data, name) for name in NAMES}


@pytest.fixture(scope="module")
def example(data: Traversable) -> Tables:
    """Return the tables of the fictitious policies."""
    return {name: read(data.joinpath("example"), name) for name in NAMES}


@pytest.fixture(params=FOLDERS)
def tables(request: pytest.FixtureRequest, real: Tables, example: Tables) -> Tables:
    """Return the tables of the real, then of the fictitious policies."""
    return real if request.param == "." else example


def test_policies_of_many_cities(real: Tables) -> None:
    """There are at least 26 real policies of at least 14 cities."""
    assert len(real["policies"]) >= 26
    assert len({row["city"] for row in real["policies"]}) >= 14


def test_policies_stand_on_several_themes(real: Tables) -> None:
    """The policies are of at least 12 themes and 6 types."""
    themes = {theme for row in real["policies"] for theme in listed(row["theme"])}
    types = {row["type"] for row in real["policies"]}
    assert len(themes) >= 12
    assert len(types) >= 6


def test_enough_policies_have_each_part(real: Tables) -> None:
    """Budgets are known of at least 12 policies, stakeholders of 8, obstacles of 5, plans of 4."""
    counts = {name: len(owners(real[name])) for name in PARTS}
    assert counts["budgets"] >= 12
    assert counts["stakeholders"] >= 8
    assert counts["obstacles"] >= 5
    assert len(owners([row for row in real["obstacles"] if row["plan"]])) >= 4


def test_access_to_transport_can_be_compared(real: Tables) -> None:
    """At least 5 policies of 4 cities on target 11.2 have both a budget and a period."""
    on_target = owners([row for row in real["claims"] if row["target"] == "11.2"])
    keys = on_target & owners(real["budgets"]) & owners(real["periods"])
    assert len(keys) >= 5
    assert len({key.partition("-")[0] for key in keys}) >= 4


def test_policy_has_its_key_from_city_and_slug(tables: Tables) -> None:
    """The key of a policy is its city's key and its slug, and no two policies share one."""
    rows = tables["policies"]
    assert [row["key"] for row in rows if row["key"] != f"{row['city']}-{row['slug']}"] == []
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["slug"]) for row in rows)
    assert len({row["key"] for row in rows}) == len(rows)


@pytest.mark.parametrize("folder", FOLDERS)
def test_cities_are_known(data: Traversable, folder: str) -> None:
    """The lead city and the partner cities of a policy are bundled cities, each once."""
    known = {row["key"] for row in read(data.joinpath(folder), "cities")}
    for row in read(data.joinpath(folder), "policies"):
        cities = [row["city"], *listed(row["partners"])]
        assert set(cities) <= known, row["key"]
        assert len(set(cities)) == len(cities), row["key"]


@pytest.mark.parametrize("part", PARTS)
def test_part_belongs_to_one_policy(tables: Tables, part: str) -> None:
    """A part belongs to a known policy, and no two parts of a policy have the same key."""
    assert owners(tables[part]) <= {row["key"] for row in tables["policies"]}
    counts = Counter(tuple(row[column] for column in PART_KEYS[part]) for row in tables[part])
    assert [key for key, count in counts.items() if count > 1] == []


def test_organisation_is_known_and_used(tables: Tables) -> None:
    """Funders, stakeholders and claimants are listed organisations, and none is listed idly."""
    keys = [row["key"] for row in tables["organisations"]]
    used = {key for name, col in ORGANISATIONS for row in tables[name] for key in listed(row[col])}
    assert used == set(keys)
    assert len(set(keys)) == len(keys)


def test_target_is_of_the_framework(data: Traversable, tables: Tables) -> None:
    """Claims are about targets, and stated goals are goals, of the framework."""
    targets = {row["code"] for row in read(data, "sdg_targets")}
    goals = {row["code"] for row in read(data, "sdg_goals")}
    assert {row["target"] for row in tables["claims"]} <= targets | {""}
    assert {row["goal"] for row in tables["claims"]} <= goals | {""}
    assert all(bool(row["target"]) != bool(row["goal"]) for row in tables["claims"])
    assert {goal for row in tables["policies"] for goal in listed(row["goals"])} <= goals


def test_policy_has_a_claim_with_claimant_and_evidence(tables: Tables) -> None:
    """Each policy has a claim, and each claim says who makes it, where or why, and when.

    One on a target also says its kind.
    """
    assert owners(tables["claims"]) == {row["key"] for row in tables["policies"]}
    for row in tables["claims"]:
        assert row["kind"] or row["goal"], row
        assert row["claimant"] or row.get("claimant_city"), row
        assert row["evidence"].endswith(".") or row["source"], row
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", row["date"]), row


def test_editors_do_not_speak_for_a_city(real: Tables) -> None:
    """A claim of the editors is about a policy, in which the editors have no part."""
    assert EDITORS in {row["claimant"] for row in real["claims"]}
    assert EDITORS not in {row["organisation"] for row in real["stakeholders"]}


@pytest.mark.parametrize(("name", "column", "scheme"), CONCEPTS)
def test_concept_is_in_its_scheme(tables: Tables, name: str, column: str, scheme: str) -> None:
    """Themes, types, kinds, roles and statuses are concepts of their schemes."""
    content = files("urbansdg.ontology").joinpath("vocab", f"{scheme}.ttl").read_bytes()
    triples = ox.parse(content, format=ox.RdfFormat.TURTLE)
    known = {str(triple.subject.value) for triple in triples if hasattr(triple.subject, "value")}
    used = {concept(scheme, item) for row in tables[name] for item in listed(row[column])}
    assert used
    assert used <= known


def test_policy_has_title_and_summary(tables: Tables) -> None:
    """A policy has a title in a language and a summary of one to four sentences."""
    for row in tables["policies"]:
        assert row["title"], row["key"]
        assert re.fullmatch(r"[a-z]{2}", row["title_language"]), row["key"]
        assert 1 <= len(re.findall(r"[.)](?: |$)", row["summary"])) <= 4, row["key"]


def test_real_policy_has_a_source(real: Tables) -> None:
    """Each real policy and each of its budgets has the web address of a source."""
    for row in [*real["policies"], *real["budgets"]]:
        sources = listed(row["source"])
        assert sources, row
        assert all(re.match(r"https?://[\w.-]+\.\w{2,}(/|$)", source) for source in sources), row


def test_amount_is_positive_and_as_stated(tables: Tables) -> None:
    """An amount is a positive decimal in an ISO 4217 currency, with the spelling of the source."""
    for row in tables["budgets"]:
        assert re.fullmatch(r"[0-9]+(\.[0-9]+)?", row["amount"]), row
        assert Decimal(row["amount"]) > 0, row
        assert row["currency"] in CURRENCIES, row
        assert row["as_stated"], row
        assert re.fullmatch(r"(\d{4})?", row["year"]), row


def test_real_amount_has_the_digits_that_were_stated(real: Tables) -> None:
    """The digits of an amount are those of the spelling of the source, whatever its scale."""
    for row in real["budgets"]:
        number = re.search(r"[0-9][0-9.,]*", row["as_stated"])
        assert number, row
        digits = re.sub(r"[.,]", "", number[0]).rstrip("0")
        assert row["amount"].rstrip("0") == digits, row


def test_period_does_not_end_before_it_starts(tables: Tables) -> None:
    """A period has a start or an end, and never ends before it starts."""
    for row in tables["periods"]:
        assert row["start"] or row["end"], row
        if row["start"] and row["end"]:
            shorter = min(len(row["start"]), len(row["end"]))
            assert row["start"][:shorter] <= row["end"][:shorter], row


def test_plan_answers_an_obstacle(tables: Tables) -> None:
    """A plan has a key and a description, and an outcome only where there is a plan."""
    for row in tables["obstacles"]:
        assert bool(row["plan"]) == bool(row["plan_description"]), row
        assert row["plan"] or not row["plan_outcome"], row


@pytest.mark.parametrize("name", NAMES)
def test_example_fills_every_column(example: Tables, name: str) -> None:
    """The example shows a value in every column of its table that is not deprecated."""
    (table,) = (table for table in POLICY_TABLES if table.name == f"{name}.csv")
    filled = {column for row in example[name] for column in row if row[column]}
    assert set(table.header.columns) - DEPRECATED.get(name, set()) == filled


def test_example_is_clearly_fictitious(example: Tables) -> None:
    """Each text of the example says that it is fictitious, and each link stays in the example."""
    texts = [row[column] for row in example["policies"] for column in TEXTS]
    texts += [row[column] for name, column in PART_TEXTS for row in example[name]]
    assert [text for text in texts if text and "(fictitious)" not in text[-14:]] == []
    texts = [row["text"] for row in example["opinions"]]
    assert [text for text in texts if "(fictitious)" not in text[-14:]] == []
    links = [row["homepage"] for row in example["organisations"]]
    cited = [*example["policies"], *example["budgets"]]
    links += [link for row in cited for link in listed(row["source"])]
    assert [link for link in links if not OWN_SITES.match(link)] == []


def test_example_is_apart_from_the_real_policies(real: Tables, example: Tables) -> None:
    """No key of the example is a key of a real policy or organisation."""
    for name in ("policies", "organisations"):
        assert {row["key"] for row in real[name]}.isdisjoint(row["key"] for row in example[name])
        assert all(row["key"].startswith("example-") for row in example[name])


@pytest.mark.parametrize(("folder", "table"), PRESENT)
def test_tables_are_read_without_a_problem(data: Traversable, folder: str, table: Table) -> None:
    """Each row of the policy tables becomes facts, and none a problem."""
    iris = Iris("http://localhost:8000")
    rows = read_table(data.joinpath(folder, table.name), table.header)
    results = list(table_results(rows, lambda record: table.convert(record, iris)))
    assert results
    assert [item for item in results if isinstance(item, Problem)] == []


def test_the_type_of_a_policy_does_not_imply_its_instrument(real: Tables) -> None:
    """The form of a policy and its means are two facts: one form has several means, and back."""
    pairs = {
        (row["type"], means) for row in real["policies"] for means in listed(row["instrument"])
    }
    assert max(Counter(form for form, _ in pairs).values()) > 1
    assert max(Counter(means for _, means in pairs).values()) > 1
