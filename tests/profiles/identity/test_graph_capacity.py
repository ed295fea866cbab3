"""Graphs at their capacity, and inputs made to hurt."""

import time

from profiles.identity.graph import fold
from profiles.identity.links import Graph, Observation, Outcome
from tests.profiles.identity.graphs import PLAIN, GraphStore, node, observation, rules


def groups_of(outcome: object) -> list[frozenset[bytes]]:
    assert isinstance(outcome, Outcome)
    return list(outcome.groups.values())


def test_the_fifty_first_cookie_pushes_out_the_oldest() -> None:
    store = GraphStore(PLAIN)
    store.add([observation(f"CRMID:T ECID:{number}", number) for number in range(1, 51)])
    sizes = sorted(map(len, store.graphs()))
    assert sizes == [1, 50]
    assert frozenset({"1"}) in store.graphs()
    (gone,) = store.ended.values()
    assert gone.reason is not None
    assert (gone.reason.rule, gone.reason.identity) == ("capacity", node("ECID:1").id)


def test_cookies_leave_before_devices_and_devices_before_people() -> None:
    events = ["CRMID:T IDFA:1", *(f"CRMID:T Email:{number}" for number in range(2, 50))]
    store = GraphStore(PLAIN)
    store.add([observation(texts, order) for order, texts in enumerate(events, start=1)])
    assert max(map(len, store.graphs())) == 50
    store.add([observation("CRMID:T ECID:c", 100)])
    assert frozenset({"c"}) in store.graphs()
    store.add([observation("CRMID:T Email:50", 101)])
    assert frozenset({"1"}) in store.graphs()


def test_a_cookie_shared_by_everybody_is_let_go_with_its_links() -> None:
    store = GraphStore(PLAIN)
    store.add([observation(f"Email:{number} ECID:kiosk", number) for number in range(1, 51)])
    assert store.active == {}


def test_a_graph_that_splits_keeps_parts_that_fit() -> None:
    small = rules("CRMID ECID", "CRMID", capacity=4)
    store = GraphStore(small)
    events = ["login:1 login:2", "Email:3 Email:4", "login:1 ECID:x", "Email:3 ECID:x"]
    store.add([observation(texts, order) for order, texts in enumerate(events, start=1)])
    assert sorted(map(len, store.graphs())) == [1, 2, 2]


def test_hostile_batches_end_soon() -> None:
    """Hot nodes on either side and dense records: work per observation stays bounded."""
    hot = [
        *(observation(f"ECID:{number} CRMID:hot", number) for number in range(1, 700)),
        *(observation(f"Email:{number} ECID:hot", 700 + number) for number in range(700)),
    ]
    dense = [
        Observation(
            (2000 + turn, turn),
            turn,
            1,
            tuple(node(f"ECID:{(turn * 7 + step * step) % 400}") for step in range(20)),
        )
        for turn in range(100)
    ]
    started = time.perf_counter()
    outcome = fold(Graph(), [*hot, *dense], rules=rules("CRMID Email ECID", "CRMID Email"))
    assert time.perf_counter() - started < 20
    assert max(map(len, groups_of(outcome))) <= 50
