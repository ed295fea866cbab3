"""Whatever the order, batching or repetition: the same graphs."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.identity.graph import fold
from profiles.identity.links import Graph, History, Late, Observation, Outcome
from profiles.identity.rules import Rules
from tests.profiles.identity.graphs import NAMESPACES, PLAIN, TYPES, GraphStore, node, rules

LINKING = rules("CRMID login Email ECID", "CRMID Email")
SMALL = Rules(LINKING.priority, LINKING.unique, TYPES, capacity=4)
SMALL_PLAIN = Rules({}, frozenset(), TYPES, capacity=3)

identities = st.builds(
    "{}:{}".format, st.sampled_from(["CRMID", "login", "Email", "ECID"]), st.sampled_from("123")
)


@st.composite
def worlds(draw: st.DrawFn, most: int = 12) -> list[Observation]:
    """Observations with distinct keys in key order, and timestamps of their own."""
    seen = draw(st.lists(st.sets(identities, min_size=1, max_size=3), min_size=1, max_size=most))
    times = draw(st.lists(st.integers(1, 5), min_size=len(seen), max_size=len(seen)))
    return [
        Observation((100 + order // 3, order), at, order % 2, tuple(map(node, sorted(texts))))
        for order, (texts, at) in enumerate(zip(seen, times, strict=True))
    ]


def batches(world: list[Observation], source: random.Random) -> list[list[Observation]]:
    cuts = sorted(source.randrange(len(world) + 1) for _ in range(source.randrange(4)))
    return [world[a:b] for a, b in pairwise([0, *cuts, len(world)]) if a < b]


def stored(store: GraphStore) -> tuple[object, ...]:
    return store.profiles, store.active, store.ended


def check_order_never_matters(world: list[Observation], case: Rules, seed: int) -> None:
    source = random.Random(seed)
    canonical = GraphStore(case)
    for one in world:
        canonical.add([one])
    assert canonical.refolds == 0
    for _ in range(3):
        shuffled = source.sample(world, len(world))
        store = GraphStore(case)
        for batch in batches(shuffled, source):
            store.add(batch)
        assert stored(store) == stored(canonical)


@settings(max_examples=120, deadline=None)
@given(worlds(), st.integers())
def test_order_and_batching_never_matter_with_rules(world: list[Observation], seed: int) -> None:
    check_order_never_matters(world, LINKING, seed)


@settings(max_examples=120, deadline=None)
@given(worlds(), st.integers())
def test_order_and_batching_never_matter_at_capacity(world: list[Observation], seed: int) -> None:
    check_order_never_matters(world, SMALL, seed)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers())
def test_order_never_matters_without_rules_at_capacity(world: list[Observation], seed: int) -> None:
    check_order_never_matters(world, SMALL_PLAIN, seed)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers())
def test_without_rules_history_is_never_needed(world: list[Observation], seed: int) -> None:
    store = GraphStore(PLAIN)
    for one in random.Random(seed).sample(world, len(world)):
        store.add([one])
    assert store.refolds == 0
    linked = {
        frozenset({a.id, b.id})
        for one in world
        for a in one.identities
        for b in one.identities
        if a.id != b.id
    }
    assert {frozenset(pair) for pair in store.active} == linked


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers())
def test_observations_folded_again_change_nothing(world: list[Observation], seed: int) -> None:
    store = GraphStore(SMALL)
    source = random.Random(seed)
    for batch in batches(world, source):
        store.add(batch)
    once = [dict(part) for part in (store.profiles, store.active, store.ended)]
    for batch in batches(source.sample(world, len(world)), source):
        store.add(batch)
    assert [store.profiles, store.active, store.ended] == once


@settings(max_examples=60, deadline=None)
@given(worlds(most=25))
def test_a_graph_never_repeats_a_unique_namespace_nor_outgrows_its_capacity(
    world: list[Observation],
) -> None:
    store = GraphStore(SMALL)
    for one in world:
        outcome = store.add([one])
        for members in outcome.groups.values():
            assert len(members) <= SMALL.capacity
            for namespace in SMALL.unique:
                values = [m for m in members if store.members[m].namespace == namespace]
                assert len(values) <= 1


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_a_profile_is_the_smallest_identity_of_its_connected_links(
    world: list[Observation],
) -> None:
    store = GraphStore(LINKING)
    store.add(world)
    near: dict[bytes, set[bytes]] = {}
    for a, b in store.active:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    for identity, profile in store.profiles.items():
        reached, todo = {identity}, [identity]
        while todo:
            for other in near.get(todo.pop(), set()) - reached:
                reached.add(other)
                todo.append(other)
        assert profile == min(reached)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers())
def test_the_state_kept_for_a_rewind_equals_the_whole_log(
    world: list[Observation], seed: int
) -> None:
    source = random.Random(seed)
    store = GraphStore(SMALL)
    for batch in batches(source.sample(world, len(world)), source):
        store.add(batch)
    outcome = fold(Graph(), store.log.values(), rules=SMALL)
    assert isinstance(outcome, Outcome)
    assert {(edge.a, edge.b): edge for edge in outcome.edges} == store.active


def test_each_turn_with_more_history_ends() -> None:
    world = [
        Observation((order, order), order, 1, (node(f"CRMID:{order % 5}"), node("ECID:1")))
        for order in range(1, 30)
    ]
    store = GraphStore(LINKING)
    for one in reversed(world):
        store.add([one])
    assert store.refolds <= 2 * len(world)
    assert store.profiles[node("ECID:1").id] == store.profiles[node("CRMID:4").id]


def test_without_a_log_a_late_observation_counts_as_the_newest() -> None:
    first = Observation((2, 2), 2, 1, (node("CRMID:T"), node("ECID:1")))
    late = Observation((1, 1), 1, 1, (node("CRMID:S"), node("ECID:1")))
    outcome = fold(Graph(), [first], rules=LINKING)
    assert isinstance(outcome, Outcome)
    graph = Graph(first.identities, outcome.edges)
    assert isinstance(fold(graph, [late], rules=LINKING), Late)
    applied = fold(graph, [late], rules=LINKING, keep_order=False)
    assert isinstance(applied, Outcome)
    assert applied.unlinked == tuple((edge.a, edge.b) for edge in outcome.edges)


def test_a_rewind_keeps_links_whose_observations_are_no_longer_logged() -> None:
    world = [
        Observation((order, order), order, 1, tuple(map(node, texts.split())))
        for order, texts in enumerate(["CRMID:T ECID:1", "login:A CRMID:T"], start=1)
    ]
    outcome = fold(Graph(), world, rules=LINKING)
    assert isinstance(outcome, Outcome)
    members = tuple(one for obs in world for one in obs.identities)
    late = Observation((2, 1), 1, 1, (node("CRMID:S"), node("ECID:1")))
    history = History(late.key, members, outcome.edges, ())
    again = fold(Graph(members, outcome.edges), [late], rules=LINKING, history=history)
    assert isinstance(again, Outcome)
    assert node("login:A").id in again.groups[again.profiles[node("CRMID:T").id]]


def test_identities_of_namespaces_without_priority_link_last() -> None:
    assert LINKING.rank(NAMESPACES["Phone"]) == 5
    assert LINKING.rank(NAMESPACES["CRMID"]) == 1


def test_a_late_batch_that_joins_a_newer_graph_finds_its_history() -> None:
    """The clash is with identities only another late observation of the batch leads to."""
    world = [
        Observation((100, order), 1, 1, tuple(map(node, texts.split())))
        for order, texts in enumerate(
            ["ECID:2 Email:2 login:2", "ECID:2 Email:3", "CRMID:3 login:2 login:3"]
        )
    ]
    canonical = GraphStore(LINKING)
    canonical.add(world)
    store = GraphStore(LINKING)
    store.add(world[2:])
    store.add(world[:2])
    assert stored(store) == stored(canonical)
