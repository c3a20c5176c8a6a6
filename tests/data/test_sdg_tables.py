"""The bundled goals, targets and indicators, against the UN's vocabulary and framework."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox
import pytest

Rows = list[dict[str, str]]

LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar", "ko")
UN = "http://metadata.un.org/sdg/"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SKOS = "http://www.w3.org/2004/02/skos/core#"
WORDS = range(3, 10)  # of a target's label
SHARED_WORDS = 4  # in a row: names such as "research and innovation" have no other words


def read(name: str) -> Rows:
    """Return the rows of a bundled table."""
    table = files("urbansdg.data").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(table.splitlines()))


def parts(cell: str) -> list[str]:
    """Return the values of a cell."""
    return cell.split(" | ")


def words(text: str) -> list[str]:
    """Return the words of a text, without case and punctuation."""
    return re.findall(r"\w+", text.casefold())


def common_run(label: Sequence[str], text: Sequence[str]) -> int:
    """Return how many words in a row a label has in common with a text."""
    in_text = f" {' '.join(text)} "
    starts = range(len(label))
    runs = (label[start:end] for start in starts for end in range(start + 1, len(label) + 1))
    return max((len(run) for run in runs if f" {' '.join(run)} " in in_text), default=0)


@pytest.fixture(scope="module")
def goals() -> Rows:
    """Return the bundled goals."""
    return read("sdg_goals.csv")


@pytest.fixture(scope="module")
def targets() -> Rows:
    """Return the bundled targets."""
    return read("sdg_targets.csv")


@pytest.fixture(scope="module")
def indicators() -> Rows:
    """Return the bundled indicators."""
    return read("sdg_indicators.csv")


@pytest.fixture(scope="module")
def un(shared: Path) -> ox.Store:
    """Return the UN's own vocabulary, of the framework of 2020."""
    store = ox.Store()
    file = shared / "data" / "un-sdg-kos" / "sdg-kos-goals-targets-indicators.ttl"
    store.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE)
    return store


@pytest.fixture(scope="module")
def framework(shared: Path) -> Rows:
    """Return the framework after the refinement of 2023: a row for each number of an indicator."""
    folder = shared / "data" / "sdg-framework-2023"
    file = folder / "SDG_Target_Indicator_UNSD_2023.csv"
    with file.open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table, delimiter=";"))


def values(store: ox.Store, code: str, name: str) -> set[ox.Literal]:
    """Return the literals that the UN's vocabulary gives a term."""
    quads = store.quads_for_pattern(ox.NamedNode(UN + code), ox.NamedNode(SKOS + name), None)
    return {quad.object for quad in quads if isinstance(quad.object, ox.Literal)}


def codes(store: ox.Store, kind: str) -> set[str]:
    """Return the codes, which end the IRIs, of all terms of a kind."""
    type_ = ox.NamedNode(f"{UN}ontology#{kind}")
    quads = store.quads_for_pattern(None, ox.NamedNode(TYPE), type_)
    iris = (quad.subject for quad in quads)
    return {iri.value.removeprefix(UN) for iri in iris if isinstance(iri, ox.NamedNode)}


def official(
    store: ox.Store, framework: Rows, key: str = "TargetsNumber", text: str = "Targets"
) -> dict[str, list[list[str]]]:
    """Return the UN's wordings of each target or indicator, of 2020 and of 2023, in words."""
    texts = {row[key].strip(): [words(row[text])] for row in framework}
    for code, known in texts.items():
        known += [words(label.value) for label in values(store, code, "prefLabel")]
    return texts


def test_there_are_17_goals_named_in_seven_languages(goals: Rows) -> None:
    """There are 17 goals, in order, each with a name in the UN's six languages and Korean."""
    assert [goal["code"] for goal in goals] == [str(number) for number in range(1, 18)]
    for language in LANGUAGES:
        names = [goal[language] for goal in goals]
        assert all(name and name == " ".join(name.split()) for name in names)
        assert len(set(names)) == 17


def test_the_english_names_of_goals_are_those_of_the_un(goals: Rows, un: ox.Store) -> None:
    """The English name of a goal is the short name in the UN's own vocabulary."""
    for goal in goals:
        ours = ox.Literal(goal["en"], language="en")
        assert values(un, goal["code"], "altLabel") == {ours}


def test_there_are_169_targets_of_known_goals(goals: Rows, targets: Rows) -> None:
    """There are 169 targets, each known by a code of its own that begins with its goal's."""
    assert len({target["code"] for target in targets}) == len(targets) == 169
    assert {target["goal"] for target in targets} == {goal["code"] for goal in goals}
    for target in targets:
        assert re.fullmatch(rf"{target['goal']}\.([1-9]\d?|[a-d])", target["code"])


def test_the_labels_of_targets_are_short_and_differ(targets: Rows) -> None:
    """A target's label has three to nine words, and is no other target's."""
    labels = [target["en"] for target in targets]
    assert [label for label in labels if len(label.split()) not in WORDS] == []
    assert len({label.casefold() for label in labels}) == len(labels)


def test_the_labels_of_targets_are_our_own_words(
    targets: Rows, un: ox.Store, framework: Rows
) -> None:
    """No label is a piece of the UN's wording, or takes over five words of it in a row."""
    wordings = official(un, framework)
    for target in targets:
        label = words(target["en"])
        run = max(common_run(label, wording) for wording in wordings[target["code"]])
        assert run < len(label), target
        assert run <= SHARED_WORDS, target


def test_the_names_of_indicators_are_short_and_in_our_own_words(
    indicators: Rows, un: ox.Store, framework: Rows
) -> None:
    """An indicator's name has two to nine words of ours, and is no other indicator's."""
    wordings = official(un, framework, "UNSDIndicatorCodes", "Indicators")
    for indicator in indicators:
        name = words(indicator["en"])
        run = max(common_run(name, wording) for wording in wordings[indicator["code"]])
        assert run < len(name), indicator
        assert run <= SHARED_WORDS, indicator
        assert 2 <= len(indicator["en"].split()) <= 9, indicator
    assert len({indicator["en"].casefold() for indicator in indicators}) == len(indicators)


def test_the_versions_of_indicators_are_those_of_the_sources(
    indicators: Rows, un: ox.Store, framework: Rows
) -> None:
    """Each indicator is valid in the versions whose list has its code, and in no other."""
    lists = {
        "2019": codes(un, "Indicator"),
        "2023": {row["UNSDIndicatorCodes"].strip() for row in framework},
    }
    retired = read("sdg_retired.csv")
    for row in (*indicators, *retired):
        valid = [version for version, members in lists.items() if row["code"] in members]
        assert parts(row["versions"]) == valid, row["code"]
    assert {row["code"] for row in (*indicators, *retired)} == lists["2019"] | lists["2023"] - {"0"}


def test_the_versions_of_goals_and_targets_are_those_of_the_sources(
    goals: Rows, targets: Rows, framework: Rows
) -> None:
    """Goals and targets are the same in both versions."""
    assert {row["versions"] for row in (*goals, *targets)} == {"2019 | 2023"}
    assert {row["code"] for row in targets} == {row["TargetsNumber"].strip() for row in framework}


def test_the_tiers_are_as_many_as_the_un_counts(indicators: Rows) -> None:
    """The UN counts 148, 77 and 6 with several tiers of 231: 13.2.1 and 13.b.1 are one for it."""
    tiers = Counter(indicator["tier"] for indicator in indicators)
    assert tiers == {"1": 148, "2": 77 + 1, "1 | 2": 6}


def test_every_agency_is_the_custodian_of_an_indicator(indicators: Rows) -> None:
    """Every custodian is in the table of agencies, and every agency is a custodian."""
    custodians = {key for row in indicators for key in parts(row["custodian"]) if key}
    agencies = read("sdg_agencies.csv")
    assert custodians == {agency["key"] for agency in agencies}
    assert len(custodians) == len(agencies)


def test_the_subjects_are_those_of_the_un(
    goals: Rows, targets: Rows, indicators: Rows, shared: Path
) -> None:
    """EuroVoc and UNBIS subjects are those of the UN's vocabulary; a goal has both."""
    store = ox.Store()
    file = shared / "data" / "un-sdg-kos" / "sdg-kos-subject-mappings.ttl"
    store.bulk_load(path=str(file), format=ox.RdfFormat.TURTLE)
    places = ("http://eurovoc.europa.eu/", f"{UN.removesuffix('sdg/')}thesaurus/")
    for row in (*goals, *targets, *indicators):
        quads = list(store.quads_for_pattern(ox.NamedNode(UN + row["code"]), None, None))
        theirs = {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}
        cells = zip(places, (row["eurovoc"], row["unbis"]), strict=True)
        assert {place + key for place, cell in cells for key in parts(cell) if key} == theirs, row
    assert all(goal["eurovoc"] and goal["unbis"] for goal in goals)


def test_a_copied_wording_is_found() -> None:
    """The comparison of wordings sees through case and punctuation."""
    wording = words("Promote effective public, public-private and civil society partnerships")
    assert common_run(words("Public-private, and Civil society"), wording) == 5
    assert common_run(words("Partnerships of everyone"), wording) == 1
    assert common_run(words("Clean water"), wording) == 0


def test_there_are_232_indicators_with_248_numbers(indicators: Rows) -> None:
    """There are 232 indicators, each with a code of its own, and 248 numbers, each given once."""
    numbers = [number for indicator in indicators for number in parts(indicator["number"])]
    assert len({indicator["code"] for indicator in indicators}) == len(indicators) == 232
    assert len(set(numbers)) == len(numbers) == 248
    assert all(
        re.fullmatch(r"C\d{2}(\d{2}|0[a-d])\d{2}", indicator["code"]) for indicator in indicators
    )


def test_an_indicator_serves_the_targets_of_its_numbers(indicators: Rows, targets: Rows) -> None:
    """An indicator serves the targets that its numbers begin with, in the same order."""
    for indicator in indicators:
        stems = [number.rpartition(".")[0] for number in parts(indicator["number"])]
        assert parts(indicator["targets"]) == stems, indicator["code"]
    served = {code for indicator in indicators for code in parts(indicator["targets"])}
    assert {target["code"] for target in targets} - served == {"11.c"}
    assert served <= {target["code"] for target in targets}


def test_the_code_of_an_indicator_of_one_target_tells_the_target(indicators: Rows) -> None:
    """The code begins with the target's; that of an indicator of several begins with C2002 or 3."""
    for indicator in indicators:
        served = parts(indicator["targets"])
        goal, _, rest = served[0].partition(".")
        stem = f"C{goal.zfill(2)}{rest.zfill(2)}"
        assert re.match("C200[23]" if len(served) > 1 else stem, indicator["code"]), indicator


def test_the_codes_of_goals_and_targets_are_those_of_the_un(
    goals: Rows, targets: Rows, un: ox.Store
) -> None:
    """The codes of goals and targets are those of the UN's own vocabulary."""
    assert {goal["code"] for goal in goals} == codes(un, "Goal")
    assert {target["code"] for target in targets} == codes(un, "Target")


def test_the_indicators_are_those_of_the_framework(indicators: Rows, framework: Rows) -> None:
    """Codes, numbers and targets are those of the framework after the refinement of 2023."""
    columns = ("UNSDIndicatorCodes", "IndicatorsNumber", "TargetsNumber")
    theirs = {tuple(row[column].strip() for column in columns) for row in framework}
    ours = {
        (indicator["code"], number, target)
        for indicator in indicators
        for number, target in zip(
            parts(indicator["number"]), parts(indicator["targets"]), strict=True
        )
    }
    assert theirs - ours == {("0", "0", "11.c")}
    assert ours <= theirs


def test_an_indicator_of_both_frameworks_keeps_its_number(indicators: Rows, un: ox.Store) -> None:
    """An indicator of 2020 that is still in use has the same numbers, except the former 17.6.2."""
    compact = f"{UN}ontology#SDGCodeCompact"
    standing = [
        indicator for indicator in indicators if indicator["code"] in codes(un, "Indicator")
    ]
    moved = {}
    for indicator in standing:
        notations = values(un, indicator["code"], "notation")
        then = {notation.value for notation in notations if notation.datatype.value == compact}
        if then != set(parts(indicator["number"])):
            moved[indicator["code"]] = (then, indicator["number"])
    assert len(standing) == 201
    assert moved == {"C170602": ({"17.6.2"}, "17.6.1")}


def test_the_description_names_what_changed_since_2020(
    root: Path, indicators: Rows, un: ox.Store
) -> None:
    """data/SDG.md names each code that the UN's vocabulary of 2020 lacks, and each withdrawn."""
    text = (root / "data" / "SDG.md").read_text(encoding="utf-8")
    ours = {indicator["code"] for indicator in indicators}
    _, new, old = re.split("^### (?:New|Withdrawn)", text, flags=re.MULTILINE)
    assert set(re.findall(r"`(C\w{6})`", new)) == ours - codes(un, "Indicator")
    assert set(re.findall(r"`(C\w{6})`", old)) == codes(un, "Indicator") - ours
