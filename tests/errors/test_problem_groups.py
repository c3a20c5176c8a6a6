"""Groups of problems: one message for a repeated mistake, and one for each different mistake."""

from hypothesis import given
from hypothesis import strategies as st

from urbansdg.errors import Place, Problem, group_problems, most_telling


def _unknown_city(row: int, value: str, hint: str = "") -> Problem:
    return Problem(
        "unknown-city",
        f"City not found in the graph: {value!r}.",
        f"Write its name as in the graph.{hint}",
        Place("values.csv", row=row, column="city"),
        value=value,
    )


def test_a_mistake_in_2505_rows_is_one_message_with_the_first_places() -> None:
    """2,505 rows with one mistake are one line with the count and the first three places."""
    (group,) = group_problems([_unknown_city(row, "Atlantis") for row in range(2, 2507)])
    assert str(group) == (
        "values.csv, row 2, column city: City not found in the graph: 'Atlantis'. Write its name as"
        " in the graph. [unknown-city] (2,505 times, also in row 3; row 4; --all-problems lists"
        " all)"
    )


def test_other_values_of_one_mistake_stand_beside_their_places() -> None:
    """A mistake with several values is one message, which shows the value of each place."""
    (group,) = group_problems([_unknown_city(2, "Atlantis"), _unknown_city(9, "El Dorado")])
    assert str(group).endswith("(2 times, also in row 9 ('El Dorado'))")


def test_a_single_problem_is_printed_as_before() -> None:
    """A mistake in one place has no count."""
    problem = _unknown_city(2, "Atlantis")
    assert [str(group) for group in group_problems([problem])] == [str(problem)]


def test_different_mistakes_stay_apart() -> None:
    """Problems with another code, severity, column, message or remedy are groups of their own."""
    column, other = Place("a.csv", row=1, column="b"), Place("a.csv", row=1, column="c")
    mistakes = [
        Problem("missing-column", "The column 'year' is missing.", "Add it.", Place("a.csv")),
        Problem("missing-column", "The column 'unit' is missing.", "Add it.", Place("a.csv")),
        Problem("bad-number", "'x' is not a number.", "Write digits.", column, value="x"),
        Problem("bad-number", "'x' is not a number.", "Write digits.", other, value="x"),
        Problem("bad-number", "'x' is not a number.", "Leave it empty.", column, value="x"),
        Problem("bad-year", "'x' is not a number.", "Write digits.", column, value="x"),
    ]
    assert [group.problems for group in group_problems(mistakes)] == [[one] for one in mistakes]


def test_a_few_remedies_stay_apart_and_many_are_one_group() -> None:
    """Two misspelt names keep their hints; a thousand names with hints are one message."""
    few = [_unknown_city(row, f"City{row}x", f" Similar: Town{'a' * row}.") for row in (1, 2)]
    many_hints = [
        _unknown_city(row, f"City{row}x", f" Similar: {'a' * row}.") for row in range(1, 1001)
    ]
    assert len(group_problems(few)) == len(few)
    assert [len(group.problems) for group in group_problems(many_hints)] == [len(many_hints)]


def test_many_messages_of_one_code_and_column_are_one_group() -> None:
    """Three messages that name their things stay apart; three hundred of one kind are one."""
    problems = [
        Problem("several-codes", f"{name} has {name.lower()} too.", "Look it up.", Place("m.csv"))
        for name in (f"Port{'a' * size}" for size in range(300))
    ]
    assert [len(group.problems) for group in group_problems(problems[:3])] == [1, 1, 1]
    assert [len(group.problems) for group in group_problems(problems)] == [300]


def test_a_remedy_with_its_own_number_stays_apart() -> None:
    """Two cells with one mistake, for which two numbers are offered, are two messages."""
    problems = [
        Problem(
            "amount", "There is text in the amount.", f"Write {number}.", Place("b.csv", row=at)
        )
        for at, number in ((2, "42,700,000"), (3, "1,500"))
    ]
    assert [str(group) for group in group_problems(problems)] == list(map(str, problems))


def test_a_mistake_in_several_files_is_one_message() -> None:
    """The name of the file in a message does not separate its group."""
    problems = [
        Problem("placeholder", f"{name} is a placeholder.", "Fill it.", Place(name))
        for name in ("indicator_1-2-1.csv", "indicator_1-3-1.csv")
    ]
    (group,) = group_problems(problems)
    assert str(group).endswith("(2 times, also in indicator_1-3-1.csv)")


def test_rows_of_a_table_are_places_without_the_things_that_they_describe() -> None:
    """The further places of a mistake in a table are rows, without the addresses of things."""
    problems = [
        Problem("no-date", "No date.", "Add it.", Place("b.csv", row=at, focus=f"http://x/id/{at}"))
        for at in (2, 10)
    ]
    (group,) = group_problems(problems)
    assert str(group) == "b.csv, row 2: No date. Add it. [no-date] (2 times, also in row 10)"


def test_one_mistake_in_many_objects_of_a_json_document_is_one_message() -> None:
    """The numbers in a JSON Pointer do not separate groups, also where the thing is known."""
    places = [
        Place("a.json", focus=f"http://x/id/{at}", path=f"/projects/{at}") for at in range(25)
    ]
    problems = [Problem("no-target", "No target.", "Add it.", place) for place in places]
    (group,) = group_problems(problems)
    assert str(group).startswith("a.json, path /projects/0: No target.")
    assert "also in path /projects/1; path /projects/2;" in str(group)


def test_json_has_the_count_and_every_place() -> None:
    """A group in JSON is its first problem with the count, and each place with its value."""
    group = group_problems([_unknown_city(2, "Atlantis"), _unknown_city(9, "El Dorado")])[0]
    document = group.to_json()
    assert document["count"] == 2  # the two above
    assert document["places"] == [
        {"file": "values.csv", "row": 2, "column": "city", "value": "Atlantis"},
        {"file": "values.csv", "row": 9, "column": "city", "value": "El Dorado"},
    ]


def test_a_mistake_repeated_a_thousand_times_does_not_hide_another() -> None:
    """Of a thousand problems, the first hundred have one of each mistake; few stay as they are."""
    repeated = [_unknown_city(row, "Atlantis") for row in range(1000)]
    other = Problem("bad-number", "'x' is not a number.", "Write digits.", value="x")
    places = most_telling([*repeated, other], 100)
    assert (places[:3], len(places)) == ([0, 1000, 1], 100)
    assert most_telling([*repeated[:5], other], 100) == list(range(6))


@given(
    st.lists(
        st.builds(
            Problem,
            st.sampled_from(["a", "b"]),
            st.sampled_from(["One 1.", "Two."]),
            st.just("Fix it."),
            st.builds(Place, st.just("f"), row=st.integers(1, 9), column=st.sampled_from("xy")),
        ),
        max_size=30,
    )
)
def test_every_problem_is_in_one_group(problems: list[Problem]) -> None:
    """Grouping loses no problem, repeats none, and keeps the order of the first ones."""
    groups = group_problems(problems)
    members = [problem for group in groups for problem in group.problems]
    assert sorted(map(str, members)) == sorted(map(str, problems))
    firsts = [problems.index(group.first) for group in groups]
    assert firsts == sorted(firsts)
