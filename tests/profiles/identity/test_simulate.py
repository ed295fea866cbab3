"""Graph Simulation, and rules held against graphs as they stand."""

from profiles.identity.graph import fold
from profiles.identity.links import Graph, Outcome
from profiles.identity.namespaces import Namespace, NamespaceTable
from profiles.identity.reconsider import reconsider
from profiles.identity.rules import Rules, plain_rules
from profiles.identity.simulate import MOST_EVENTS, parse_events, simulate
from tests.profiles.identity.graphs import observation
from tests.profiles.identity.graphs import rules as make_rules

TABLE = NamespaceTable(
    [
        Namespace("CRMID", 1, "CROSS_DEVICE"),
        Namespace("ECID", 4, "COOKIE"),
        Namespace("Email", 6, "EMAIL"),
        Namespace("Shop", 9, "NON_PEOPLE"),
    ]
)
UNIQUE = Rules({1: 1, 6: 2, 4: 3}, frozenset({1}), TABLE.types())


def test_reads_one_event_a_line() -> None:
    events, bad = parse_events("Email:tom@x, ECID:1\n\n crmid: T , ECID:1\n", TABLE)
    assert bad == []
    assert [[(one.namespace, one.value) for one in event] for event in events] == [
        [(6, "tom@x"), (4, "1")],
        [(1, "T"), (4, "1")],
    ]


def test_says_what_is_wrong_with_a_line() -> None:
    text = "Email\nNowhere:1, ECID:1\nShop:1, ECID:1\nECID:1, ECID:1\nEmail:, ECID:1"
    events, bad = parse_events(text, TABLE)
    assert events == []
    assert [line.number for line in bad] == [1, 2, 3, 4, 5]
    assert "no namespace Nowhere" in bad[1].message
    assert "builds no graph" in bad[2].message
    assert "at least two" in bad[3].message


def test_takes_a_bounded_number_of_events() -> None:
    events, bad = parse_events("CRMID:T, ECID:1\n" * (MOST_EVENTS + 5), TABLE)
    assert len(events) == MOST_EVENTS
    assert bad[0].number == MOST_EVENTS + 1


def test_names_the_event_that_removed_a_link_and_the_two_values() -> None:
    events, _ = parse_events("CRMID:T, ECID:1\nCRMID:S, ECID:1", TABLE)
    result = simulate(events, rules=UNIQUE)
    old, new = result.links
    assert (old.number, old.made_by, old.removed_by) == (1, 1, 2)
    assert old.reason is not None
    values = {one.id: one.value for one in result.identities}
    assert {values[old.reason.identity], values[old.reason.rival or b""]} == {"T", "S"}
    assert (new.made_by, new.removed_by) == (2, None)
    assert sorted(len(graph) for graph in result.graphs) == [1, 2]


def test_a_link_seen_again_stands() -> None:
    text = "CRMID:T, ECID:1\nCRMID:S, ECID:1\nCRMID:T, ECID:1"
    result = simulate(parse_events(text, TABLE)[0], rules=UNIQUE)
    assert {link.made_by for link in result.links if link.removed_by is None} == {3}


def test_refuses_an_event_with_two_values_of_a_unique_namespace() -> None:
    events, _ = parse_events("CRMID:T, CRMID:S, ECID:1\nCRMID:T, ECID:1", TABLE)
    result = simulate(events, rules=UNIQUE)
    assert result.refused == {1: 1}
    assert len(result.links) == 1


def test_without_rules_everything_links() -> None:
    events, _ = parse_events("CRMID:T, ECID:1\nCRMID:S, ECID:1", TABLE)
    result = simulate(events, rules=plain_rules(TABLE.types()))
    assert [len(graph) for graph in result.graphs] == [3]


def _stored(*events: str) -> Graph:
    """A graph as plain linking leaves it."""
    seen = [observation(text, number) for number, text in enumerate(events, 1)]
    nodes = {one.id: one for each in seen for one in each.identities}
    outcome = fold(Graph(), seen, rules=plain_rules({}))
    assert isinstance(outcome, Outcome)
    return Graph(tuple(nodes.values()), outcome.edges, {})


def test_new_rules_split_a_graph_that_holds_two_unique_values() -> None:
    rules = make_rules("CRMID ECID", "CRMID")
    found = reconsider(_stored("CRMID:T ECID:1", "CRMID:S ECID:1"), rules=rules)
    assert len(found.removed) == 1
    assert sorted(len(group) for group in found.groups) == [1, 2]
    (removed,) = found.removed
    assert removed.ended == (2, 2)  # the newest observation of the graph
    assert set(found.severed) == {removed.a, removed.b}


def test_new_rules_leave_a_graph_alone_that_obeys_them() -> None:
    rules = make_rules("CRMID ECID", "CRMID")
    found = reconsider(_stored("CRMID:T ECID:1", "CRMID:T ECID:2"), rules=rules)
    assert found.removed == ()
    assert [len(group) for group in found.groups] == [3]


def test_a_smaller_capacity_sheds_the_weakest() -> None:
    rules = make_rules("", "", capacity=2)
    found = reconsider(_stored("CRMID:T ECID:1", "CRMID:T ECID:2"), rules=rules)
    assert max(len(group) for group in found.groups) <= 2
