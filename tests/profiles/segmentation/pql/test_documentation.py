"""What docs/pql.md says about the language."""

import re

import pytest

from core.config import ROOT
from profiles.segmentation.pql import limits
from profiles.segmentation.pql.check import check_segment
from profiles.segmentation.pql.checking.functions import METHODS, PLAIN
from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.format import format_query
from profiles.segmentation.pql.parser import parse
from profiles.segmentation.pql.types import BOOLEAN
from tests.profiles.segmentation.pql.world import PROFILE_TYPE

TEXT = (ROOT / "docs" / "pql.md").read_text()
EXAMPLES = [
    line
    for block in re.findall(r"```pql\n(.*?)```", TEXT, re.DOTALL)
    for line in block.strip().splitlines()
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_understood(example: str) -> None:
    assert check_segment(example, PROFILE_TYPE).type == BOOLEAN


def test_the_mistake_on_top_is_told_in_these_words() -> None:
    with pytest.raises(PqlError) as caught:
        check_segment('country = "FI"', PROFILE_TYPE)
    assert caught.value.message in TEXT


def test_every_function_is_described() -> None:
    assert [name for name in (*METHODS, *PLAIN) if f"{name}(" not in TEXT] == []


def test_every_limit_is_told() -> None:
    told = TEXT.partition("## Limits")[2].partition("\n## ")[0]
    numbers = {int(number.replace(",", "")) for number in re.findall(r"[0-9][0-9,]*", told)}
    assert numbers >= {
        limits.MAX_TEXT_BYTES // 1024,
        limits.MAX_NESTING,
        limits.MAX_NODES,
        limits.MAX_LIST_ITEMS,
        limits.MAX_PATTERN,
        limits.MAX_LINKS,
        limits.MAX_BINDINGS,
        limits.MAX_INTEGER,
        limits.MAX_DURATION_YEARS,
    }


def test_examples_are_written_canonically() -> None:
    odd = [text for text in EXAMPLES if format_query(parse(text)) != text]
    assert odd == []
