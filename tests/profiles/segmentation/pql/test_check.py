"""What queries mean, and how mistakes in them are explained.

`pairs/` holds the queries: with their typed form, or with a mark below the place of the mistake
and what is said about it.
"""

import pytest
from hypothesis import given

from profiles.segmentation.pql.check import check_expression, check_segment
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.types import BOOLEAN
from profiles.segmentation.pql.walk import walk
from tests.profiles.segmentation.pql.pairs import blocks
from tests.profiles.segmentation.pql.typed_text import show
from tests.profiles.segmentation.pql.world import CONFORMANCE, PROFILE_TYPE, queries


@pytest.mark.parametrize(("text", "meaning"), blocks("meaning.txt") + blocks("meaning_of_time.txt"))
def test_queries_have_a_meaning(text: str, meaning: str) -> None:
    assert show(check_expression(text, PROFILE_TYPE)) == meaning


@pytest.mark.parametrize(
    ("text", "mark", "said"), blocks("mistakes.txt") + blocks("mistakes_in_syntax.txt")
)
def test_mistakes_are_explained_where_they_are(text: str, mark: str, said: str) -> None:
    with pytest.raises(PqlError) as caught:
        check_expression(text, PROFILE_TYPE)
    error = caught.value
    assert (error.start, max(error.end, error.start + 1)) == (mark.index("^"), len(mark))
    assert error.message == f"line 1, column {error.start + 1}: {said}"
    assert error.fields["start"] == error.start
    assert error.fields["column"] == error.column


@pytest.mark.parametrize("text", [text for _, text, _ in CONFORMANCE])
def test_the_conformance_set_is_understood(text: str) -> None:
    assert check_segment(text, PROFILE_TYPE).type == BOOLEAN


@given(queries())
def test_random_queries_are_understood_and_know_their_places(text: str) -> None:
    typed = check_segment(text, PROFILE_TYPE)
    assert typed.type == BOOLEAN
    for node in walk(typed):
        assert 0 <= node.at[0] < node.at[1] <= len(text)


def test_lines_and_columns_count_from_one() -> None:
    with pytest.raises(PqlError) as caught:
        check_segment('tags and\n  homeAddress.country =\n\t  "FI" and xx', PROFILE_TYPE)
    assert (caught.value.line, caught.value.column) == (3, 13)
    assert caught.value.message.startswith("line 3, column 13: The profile has no field xx.")


CONDITIONS = [
    ("loyalty.member", "(truth loyalty.member)"),
    ("tags", "(notEmpty tags)"),
    ("props", "(notEmpty props)"),
    ("select O from orders", "(notEmpty (select (O orders true)))"),
    ("null", "false"),
    ("true", "true"),
    (
        "if(loyalty.member, loyalty.member, false)",
        "(truth (if (truth loyalty.member) loyalty.member false))",
    ),
    ("let t = tags in t", "(notEmpty (let t tags t))"),
    ("orders.head().shipped", "(truth (head orders).shipped)"),
    ("orders.shipped.head()", "(truth (head (map item orders item.shipped)))"),
    ('tags.includes("a")', '(includes tags "a")'),
]


@pytest.mark.parametrize(("text", "condition"), CONDITIONS)
def test_values_in_the_place_of_a_condition(text: str, condition: str) -> None:
    assert show(check_segment(text, PROFILE_TYPE)) == condition


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("homeAddress.city", "A condition is needed, but homeAddress.city is text."),
        ("orders.count()", "A condition is needed, but orders.count() is a whole number."),
        ("homeAddress", "A condition is needed, but homeAddress is an object."),
        ("orders.head()", "A condition is needed, but orders.head() is an object."),
        ("today", "A condition is needed, but today is a date with time."),
    ],
)
def test_a_segment_is_a_condition(text: str, said: str) -> None:
    with pytest.raises(PqlError) as caught:
        check_segment(text, PROFILE_TYPE)
    assert caught.value.reason == said
    assert caught.value.suggestion
