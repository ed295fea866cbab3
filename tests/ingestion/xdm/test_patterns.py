"""Texts made from patterns."""

import re
from random import Random

import pytest

from ingestion.xdm.patterns import PatternError, text_for

PATTERNS = [
    "[0-1][0-9]-[0-9][0-9]",
    "^[A-Z]{2}$",
    "^[0-9]{1,3}?$",
    "([A-Z]{2}-[A-Z0-9]{1,3}|)",
    r"^\d{5}(?:-\d{4})?$",
    r"^\w+@\w+\.(com|org)$",
    "^a+b*c?.{2,}$",
    r"^[^a-z\s]{4}$",
    r"^[\d.-]+$",
    r"^x{2}y{,3}$",
    r"\bword\b",
    r"^\S\D\W$",
    r"^\u00e9\x41\.\/\t$",
    "^[a-]$",
    r"^(a|b(c|d)+)++$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_text_matches_its_pattern(pattern: str) -> None:
    for seed in range(50):
        text = text_for(pattern, random=Random(seed))
        # Python reads `++` as we do; `{,3}` is literal for us, as it is in JSON Schema.
        assert re.search(pattern.replace("{,3}", r"\{,3\}"), text), text


def test_the_same_seed_makes_the_same_text() -> None:
    assert text_for("[a-z]{9}", random=Random(4)) == text_for("[a-z]{9}", random=Random(4))


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(a", "a)", "[a", "[]", "*a", r"(a)\1", r"\p{L}", "a\\"]
)
def test_a_pattern_that_is_not_read_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        text_for(pattern, random=Random(0))
