"""A job's audiences, parted by merge policy."""

from hypothesis import given
from hypothesis import strategies as st

from profiles.segmentation.audiences import Audience
from profiles.segmentation.load import compile_audience
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.types import ObjectType
from profiles.segmentation.stages import part_by_policy

RULE = check_segment("true", ObjectType("Profile", {}))


def audience(number: int, depends_on: set[int]) -> Audience:
    return compile_audience(
        RULE, number=number, key=str(number), depends_on=frozenset(depends_on), streams=False
    )


@st.composite
def asked(draw: st.DrawFn) -> list[tuple[str, Audience]]:
    """Audiences after those they depend on, each with its policy."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        before = st.sets(st.integers(0, number - 1), max_size=3) if number else st.just(set())
        made.append((draw(st.sampled_from("abc")), audience(number, draw(before))))
    return made


@given(asked())
def test_each_comes_once_and_after_what_it_depends_on(given: list[tuple[str, Audience]]) -> None:
    policies = {one.number: policy for policy, one in given}
    places: dict[int, tuple[int, int]] = {}
    for place, (policy, part) in enumerate(part_by_policy(given)):
        for index, one in enumerate(part):
            assert policies[one.number] == policy
            assert one.number not in places
            places[one.number] = place, index
    assert places.keys() == policies.keys()
    for _, one in given:
        assert all(places[other] < places[one.number] for other in one.depends_on)


@given(asked())
def test_policies_that_do_not_name_each_other_have_one_part_each(
    given: list[tuple[str, Audience]],
) -> None:
    policies = {one.number: policy for policy, one in given}
    apart = [
        (policy, audience(one.number, {n for n in one.depends_on if policies[n] == policy}))
        for policy, one in given
    ]
    found = [policy for policy, _ in part_by_policy(apart)]
    assert sorted(found) == sorted(set(policies.values()))


def test_policies_that_name_each_other_take_turns() -> None:
    chain = [("a", audience(0, set())), ("b", audience(1, {0})), ("a", audience(2, {1}))]
    more = [("a", audience(3, {0})), ("b", audience(4, set()))]
    found = [
        (policy, [one.number for one in part]) for policy, part in part_by_policy([*chain, *more])
    ]
    assert found == [("a", [0, 3]), ("b", [1, 4]), ("a", [2])]


def test_a_policy_waits_until_all_its_audiences_can_be_evaluated() -> None:
    given = [
        ("a", audience(0, set())),
        ("b", audience(1, set())),
        ("a", audience(2, {1})),
        ("a", audience(3, {2})),
    ]
    found = [(policy, [one.number for one in part]) for policy, part in part_by_policy(given)]
    assert found == [("b", [1]), ("a", [0, 2, 3])]
