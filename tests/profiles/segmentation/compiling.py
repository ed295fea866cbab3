"""Audiences from the text of their rules, about the person of the conformance set."""

from profiles.segmentation.audiences import AudienceSet, audience_set
from profiles.segmentation.load import compile_audience
from profiles.segmentation.pql.check import check_segment
from tests.profiles.segmentation.pql.world import PROFILE_TYPE


def audiences_of(*rules: str, lookback_hours: int = 24) -> AudienceSet:
    """Streaming audiences, numbered from 0 in the order given."""
    return audience_set(
        [
            compile_audience(check_segment(text, PROFILE_TYPE), number=number, key=str(number))
            for number, text in enumerate(rules)
        ],
        lookback_ms=lookback_hours * 3_600_000,
    )
