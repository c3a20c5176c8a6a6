"""Traces: what betrays in the text of a line that it breaks a rule by itself."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from urbansdg.loaders.rdf.parser_process import suspected
from urbansdg.ontology.personal_data import CODE, personal_data_in_text
from urbansdg.shapes.rules import rule_problems, rules, traces

SPACES = [chr(code) for code in range(0x3001) if chr(code).isspace()] + list("\0\b\x7f\u200b")
LETTERS = st.text(st.sampled_from("abkoxyzABKO-1"), min_size=1, max_size=6)
TITLE = ox.NamedNode("http://purl.org/dc/terms/title")
POLICY = ox.NamedNode("http://localhost:8000/id/policy/1-1")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a file of N-Triples may be."""
    return tmp_path_factory.mktemp("traces") / "some.nt"


def is_missed(text: str, language: str, file: Path) -> bool:
    """Tell whether a text breaks a rule without leaving its trace."""
    try:
        literal = ox.Literal(text, language=language)
    except ValueError:
        return False
    store = ox.Store()
    store.add(ox.Quad(POLICY, TITLE, literal))
    broken = {problem.code.removeprefix("rule.") for problem, _ in rule_problems(store)}
    ox.serialize([ox.Triple(POLICY, TITLE, literal)], str(file), format=ox.RdfFormat.N_TRIPLES)
    return not broken & traces().keys() <= set(suspected(file, traces()))


@given(st.text(st.sampled_from([*SPACES, "a", '"', "\\", "\uc11c"]), max_size=3))
@example("")
@example("\u3000")
def test_no_empty_text_goes_unseen(file: Path, text: str) -> None:
    """Every text without a word leaves the trace of it, whatever it is of."""
    assert not is_missed(text, "en", file)


@given(LETTERS)
@example("jp")
@example("JP-1")
@example("EN")
def test_no_unknown_language_goes_unseen(file: Path, tag: str) -> None:
    """Every invalid language tag leaves the trace of it."""
    assert not is_missed("A text", tag, file)


WORDS = [
    *("kim@city.example", "800101-1234567", "010-1234-5678", "+82 2 120 1234", "212-555-0123", "x"),
    *(
        "<b>",
        "</p>",
        "<br/>",
        "&nbsp;",
        "&#160;",
        "<",
        "&",
        '"',
        "\\",
        " ",
        "\n",
        "서울",
        "시내버스",
    ),
    *(
        "Москва",
        "Πόλη",
        " the city of all people here is big ",
        "06 12 34 56 78",
        "11010519491231002X",
        "القاهرة",
        "東京",
        "ひらがな",
        "한",
        "word",
        "\x01",
        "\x7f",
        "\x84",
        "\u202e",
        "\u2066",
        "a" * 300,
    ),
]


@given(
    st.lists(st.sampled_from(WORDS), max_size=8).map("".join),
    st.sampled_from(["en", "EN-GB", "fr", "ko", "ja", "zh-Hant", "ru", "ar", "th"]),
)
@example("서울ひらがな", "zh-Hant")
@example("서울。", "zh")
@example("서울🚍", "ja")
def test_no_questionable_text_goes_unseen(file: Path, text: str, tag: str) -> None:
    """Every text with personal data, markup or controls, or too long, leaves the trace of it."""
    assert not is_missed(text, tag, file)


@given(st.lists(st.sampled_from(WORDS), max_size=4).map("".join))
@example("call +82 2 120 1234 now")
@example("+65 000 000 000")
def test_the_rule_and_the_module_recognise_the_same_texts(text: str) -> None:
    """The query of the rule says of a text what the one module of personal data says of it."""
    store = ox.Store()
    store.add(ox.Quad(POLICY, TITLE, ox.Literal(text, language="en")))
    problems = [
        problem.message
        for problem, _ in rule_problems(store)
        if problem.code == "rule.personal-data-in-text"
    ]
    what = personal_data_in_text(text)
    assert problems == ([] if what is None else [f"The text seems to hold {what} of a person."])


def test_texts_leave_no_trace(file: Path) -> None:
    """Texts in known languages leave none, so that nothing is looked for in vain."""
    texts = [('A "quoted" text', "en-GB"), ("\uc11c\uc6b8 \ub3c4\uc2dc", "KO"), ("  x", "zh-Hant")]
    triples = [ox.Triple(POLICY, TITLE, ox.Literal(text, language=tag)) for text, tag in texts]
    ox.serialize(triples, str(file), format=ox.RdfFormat.N_TRIPLES)
    assert set(suspected(file, traces())) == set()


@pytest.mark.parametrize("suspects", [None, frozenset({"text-empty"}), frozenset[str]()])
def test_a_rule_is_asked_where_there_is_its_trace(suspects: frozenset[str] | None) -> None:
    """A rule is not asked where its trace was looked for and not found; all others are."""
    store = ox.Store()
    store.add(ox.Quad(POLICY, TITLE, ox.Literal(" ", language="en")))
    store.add(ox.Quad(POLICY, ox.NamedNode("https://w3id.org/urbansdg/ontology#leadCity"), POLICY))
    codes = [problem.code for problem, _ in rule_problems(store, None, suspects)]
    expected = ["rule.text-empty"] if suspects is None or suspects else []
    assert codes == [*expected, "rule.type-missing"]
    texts = {
        "text-in-another-script",
        "text-too-long",
        "text-with-controls",
        "text-with-invisible-characters",
        "text-with-markup",
        "personal-data-in-text",
    }
    of_rules = {"text-empty", "language-unknown", *texts}
    assert set(traces()) == {*of_rules, CODE}
    assert of_rules < {rule.name for rule in rules()}
