"""Clients are counted over all front ends, which are processes."""

import os
from collections.abc import Callable

import pytest

from urbansdg.endpoint.shared_memory.client_table import ClientTable
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.endpoint.web.rate_limit import ClientQuota, Clients

_ADDRESS = "192.0.2.1"


def _in_a_fork(work: Callable[[], None]) -> int:
    """Run some work in a fork of this process; return its exit status."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_queries_of_a_client_are_counted_over_all_front_ends() -> None:
    """A client that has its number of queries in one front end is refused in another one."""
    table = ClientTable(front_ends=2)
    clients = Clients(ClientQuota(queries=2, seconds=60), table=table)

    def other() -> None:
        table.join(1)
        for _ in range(2):
            clients.asking(_ADDRESS).begin()

    clients.asking(_ADDRESS).end()  # its slot is known here
    assert _in_a_fork(other) == 0
    with pytest.raises(Fault), clients.asking(_ADDRESS):
        pass
    with clients.asking("192.0.2.2"):
        pass
    table.clear(1)  # that front end has ended
    with clients.asking(_ADDRESS):
        pass


def test_the_time_of_a_client_is_one_budget_over_all_front_ends() -> None:
    """A client that has used its time in one front end is refused in another one."""
    table = ClientTable(front_ends=2)
    clients = Clients(ClientQuota(queries=2, seconds=60), table=table)

    def other() -> None:
        table.join(1)
        with clients.asking(_ADDRESS) as charge:
            charge(70)

    assert _in_a_fork(other) == 0
    table.clear(1)
    with pytest.raises(Fault) as refused, clients.asking(_ADDRESS):
        pass
    assert int(refused.value.headers[0][1]) in {10, 11}


def test_a_client_that_is_busy_has_its_slot_until_it_ends() -> None:
    """Of more clients than slots, a busy one is not replaced; an idle one is."""
    table = ClientTable(slots=8)
    busy = table.slot("busy")
    table.add_query(busy, 1)
    table.add_connection(busy, 1)
    for number in range(100):
        table.slot(str(number))
    assert table.slot("busy") == busy
    assert (table.running(busy), table.connections(busy), table.all_connections) == (1, 1, 1)


def test_where_all_are_busy_a_new_client_shares_an_account() -> None:
    """A client for which there is no slot gets less than its share, not more."""
    table = ClientTable(slots=8)
    for number in range(8):
        table.add_query(table.slot(str(number)), 1)
    assert table.running(table.slot("another")) == 1
