"""Requests are counted over all front ends, and over those that have ended."""

from urbansdg.endpoint.shared_memory.request_counters import RequestCounters

_SPARQL = ("/sparql", "GET", "200", "whole")
_PAGE = ("/", "GET", "200", "whole")


def test_sums_are_over_all_front_ends_and_never_fall() -> None:
    """The sums have what each front end counted; its successor counts on."""
    counters = RequestCounters((0.1, 1.0), front_ends=2)
    counters.add(_SPARQL, 10, 0.05)
    counters.join(1)
    counters.add(_SPARQL, 20, 0.1)
    counters.add(_PAGE, 1, 5.0)
    counters.join(0)
    counters.add(_SPARQL, 30, 0.5)
    assert counters.sums() == {
        _SPARQL: (3.0, 60.0, 0.65, [2.0, 1.0, 0.0]),
        _PAGE: (1.0, 1.0, 5.0, [0.0, 0.0, 1.0]),
    }


def test_more_labels_than_there_is_room_for_are_counted_with_the_last() -> None:
    """No request is lost where there are more labels than records."""
    counters = RequestCounters((1.0,))
    for number in range(2000):
        counters.add((f"/{number}", "GET", "200", "whole"), 1, 0.5)
    sums = counters.sums()
    assert len(sums) < 2000
    assert sum(count for count, *_ in sums.values()) == 2000
