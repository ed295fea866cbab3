"""The published cases X1 to X12 of the linking rules."""

import pytest

from profiles.identity.links import Removal, parse_removal
from profiles.identity.rules import Rules
from tests.profiles.identity.graphs import GraphStore, node, observation, rules

PEOPLE = rules("CRMID ECID", "CRMID")
PEOPLE_AND_EMAIL = rules("CRMID Email ECID", "CRMID Email")
LAYERED = rules("CRMID login ECID", "CRMID")
PHONES = rules("CRMID Email Phone ECID", "CRMID Phone")

X1 = ["CRMID:T ECID:1", "CRMID:S ECID:1"]
X4 = [
    "CRMID:T login:A",
    "CRMID:T login:B",
    "login:A ECID:1",
    "CRMID:S login:C",
    "CRMID:S login:D",
    "login:C ECID:2",
    "login:C ECID:1",
]
CASES = {
    "X1 shared device": (PEOPLE, X1, ["S 1", "T"]),
    "X2 shared device with e-mail": (
        PEOPLE_AND_EMAIL,
        ["CRMID:T Email:t", "CRMID:S Email:s", "CRMID:T Email:t ECID:1", "CRMID:S Email:s ECID:1"],
        ["S s 1", "T t"],
    ),
    "X3 bad e-mail": (
        PEOPLE_AND_EMAIL,
        ["CRMID:T ECID:1", "CRMID:S ECID:2", "CRMID:T Email:x", "CRMID:S Email:x"],
        ["T 1", "S 2 x"],
    ),
    "X4 layered login": (LAYERED, X4, ["T A B", "S C D 1 2"]),
    "X5 dangling login": (
        LAYERED,
        ["CRMID:T login:A", "login:A ECID:1", "login:C ECID:1"],
        ["T A C 1"],
    ),
    "X6 guest on a shared device": (
        PEOPLE_AND_EMAIL,
        ["CRMID:T Email:t", "CRMID:T ECID:1", "Email:s ECID:1"],
        ["T t", "s 1"],
    ),
    "X7 registered without e-mail": (
        PEOPLE_AND_EMAIL,
        ["CRMID:T ECID:1", "Email:s ECID:1"],
        ["T s 1"],
    ),
    "X8 two guests": (PEOPLE_AND_EMAIL, ["Email:t ECID:1", "Email:s ECID:1"], ["s 1", "t"]),
    "X9 unique phone": (
        PHONES,
        ["CRMID:T Email:e1 Phone:p1", "CRMID:S Email:e2 Phone:p2", "CRMID:S Phone:p1"],
        ["T e1", "S e2 p1", "p2"],
    ),
    "X10 ownership moves back": (PEOPLE, [*X1, "CRMID:T ECID:1"], ["T 1", "S"]),
    "X11 one person, two devices": (PEOPLE, ["CRMID:T ECID:1", "CRMID:T ECID:2"], ["T 1 2"]),
    "X12 re-login takes the device back": (
        LAYERED,
        [*X4, "login:A ECID:1"],
        ["T A B 1", "S C D 2"],
    ),
}


def _expected(groups: list[str]) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in groups}


@pytest.mark.parametrize(("case", "events", "groups"), CASES.values(), ids=CASES)
def test_published_case_event_by_event(case: Rules, events: list[str], groups: list[str]) -> None:
    store = GraphStore(case)
    for order, texts in enumerate(events, start=1):
        store.add([observation(texts, order)])
    assert store.graphs() == _expected(groups)


@pytest.mark.parametrize(("case", "events", "groups"), CASES.values(), ids=CASES)
def test_published_case_in_one_batch(case: Rules, events: list[str], groups: list[str]) -> None:
    store = GraphStore(case)
    store.add([observation(texts, order) for order, texts in enumerate(events, start=1)])
    assert store.graphs() == _expected(groups)


@pytest.mark.parametrize(("case", "events", "groups"), CASES.values(), ids=CASES)
def test_published_case_newest_event_first(
    case: Rules, events: list[str], groups: list[str]
) -> None:
    store = GraphStore(case)
    for order, texts in reversed(list(enumerate(events, start=1))):
        store.add([observation(texts, order)])
    assert store.graphs() == _expected(groups)


def test_bad_email_loses_only_the_link_of_the_earlier_person() -> None:
    case, events, _ = CASES["X3 bad e-mail"]
    store = GraphStore(case)
    store.add([observation(texts, order) for order, texts in enumerate(events, start=1)])
    assert store.removed() == {frozenset({"T", "x"})}


def test_layered_login_loses_only_the_link_of_the_earlier_login() -> None:
    case, events, _ = CASES["X4 layered login"]
    store = GraphStore(case)
    store.add([observation(texts, order) for order, texts in enumerate(events, start=1)])
    assert store.removed() == {frozenset({"A", "1"})}


def test_unique_phone_leaves_the_old_phone_without_links() -> None:
    case, events, _ = CASES["X9 unique phone"]
    store = GraphStore(case)
    store.add([observation(texts, order) for order, texts in enumerate(events, start=1)])
    assert {frozenset({"S", "p2"}), frozenset({"e2", "p2"})} <= store.removed()


def test_a_removed_link_says_which_two_values_met() -> None:
    store = GraphStore(PEOPLE)
    outcome = store.add([observation(texts, order) for order, texts in enumerate(X1, start=1)])
    (gone,) = outcome.ended
    reason = gone.reason
    assert reason is not None
    assert (reason.rule, reason.namespace) == ("unique", 101)
    assert {reason.identity, reason.rival} == {node("CRMID:T").id, node("CRMID:S").id}
    assert gone.ended == (2, 2)
    assert parse_removal(reason.text()) == reason
    overflow = Removal("capacity", 4, node("ECID:1").id)
    assert parse_removal(overflow.text()) == overflow


def test_a_link_established_again_starts_a_new_life() -> None:
    store = GraphStore(PEOPLE)
    for order, texts in enumerate(CASES["X10 ownership moves back"][1], start=1):
        store.add([observation(texts, order)])
    (link,) = store.active.values()
    assert (link.first, link.last, link.started) == (3, 3, (3, 3))
    assert len(store.ended) == 2
