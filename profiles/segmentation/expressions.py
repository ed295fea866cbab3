"""What a rule says, checked against the profiles of a sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import SegmentDefinition
from profiles.segmentation.types import Expression
from profiles.store.models import MergePolicy


@dataclass(frozen=True, slots=True)
class Checked:
    text: str
    references: tuple[str, ...]

    def reasons_against(
        self,
        method: SegmentDefinition.Method,
        *,
        policy: MergePolicy,
        used: Sequence[SegmentDefinition],
    ) -> tuple[str, ...]:
        return ()


def check_rule(given: Expression, *, sandbox: Sandbox, schema_name: str) -> Checked:
    return Checked(given.value, ())
