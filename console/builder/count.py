"""How many profiles a draft's rule matches: exactly, and what each condition lets through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.builder.draft import AudienceDraft, Drafts
from console.builder.verdict import Verdict
from core import clock
from core.errors import AppError, NotFound
from core.sandboxes.models import Sandbox
from profiles.segmentation.builder.scopes import Scope
from profiles.segmentation.builder.words import Wording
from profiles.segmentation.models import SegmentPreview
from profiles.segmentation.previews import delete_preview, get_preview, start_preview
from profiles.segmentation.types import Expression, PreviewInput

State = SegmentPreview.State
# Data goes on arriving: an older count is made anew.
FRESH_MS = 5 * 60 * 1000
_WIDE, _MANY = 0.3, 100


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A condition: for how many it holds alone, how many are left after it and those above."""

    label: str
    alone: int
    left: int


@dataclass(frozen=True, slots=True)
class Count:
    """`state`: empty, waiting (to be asked for), counting, ready or failed."""

    state: str
    matched: int = 0
    total: int = 0
    as_of: int | None = None
    funnel: tuple[FunnelRow, ...] = ()
    trouble: str = ""
    partial: bool = False
    sampled: int = 0

    @property
    def is_wide(self) -> bool:
        """Whether it is much of everybody: a rule that wide is often a mistake."""
        return self.total >= _MANY and self.matched > _WIDE * self.total

    @property
    def share(self) -> str:
        """What part of all profiles that is."""
        if not self.total:
            return ""
        share = 100 * self.matched / self.total
        return f"{share:.1f} %" if share >= 0.1 or not self.matched else "under 0.1 %"


def read_count(
    draft: AudienceDraft, verdict: Verdict, wording: Wording, *, sandbox: Sandbox
) -> Count:
    """Where counting the draft's rule stands."""
    partial = bool(verdict.problems)
    if verdict.checked is None:
        return Count("empty", trouble=verdict.trouble, partial=partial)
    preview = _preview(draft, verdict, sandbox)
    if preview is None:
        return Count("waiting", partial=partial)
    if preview.state == State.FAILED:
        return Count("failed", trouble=_why(preview), partial=partial)
    if preview.state != State.READY:
        return Count("counting", partial=partial)
    found = preview.estimate
    return Count(
        "ready",
        matched=int(found["matched"]),
        total=int(found["total"]),
        as_of=found.get("as_of") or preview.finished_ms,
        funnel=_funnel(found.get("funnel") or (), verdict, wording),
        partial=partial,
        sampled=len(preview.sample),
    )


def _why(preview: SegmentPreview) -> str:
    first: Any = next(iter(preview.errors), None)
    return str(first["message"]) if isinstance(first, dict) else "The count failed."


def _funnel(
    steps: Sequence[Mapping[str, int]], verdict: Verdict, wording: Wording
) -> tuple[FunnelRow, ...]:
    """Rows of the funnel; a rule of one condition needs none."""
    if len(steps) < 2 or len(steps) != len(verdict.parts):
        return ()
    return tuple(
        FunnelRow(wording.item(part.item, Scope()), int(step["alone"]), int(step["left"]))
        for part, step in zip(verdict.parts, steps, strict=True)
    )


def _preview(draft: AudienceDraft, verdict: Verdict, sandbox: Sandbox) -> SegmentPreview | None:
    """The preview that counts what the draft says now."""
    if not draft.preview or verdict.checked is None:
        return None
    try:
        found = get_preview(sandbox=sandbox, preview_id=draft.preview)
    except NotFound:
        return None
    same_policy = verdict.policy is None or found.merge_policy_id == verdict.policy.pk
    current = found.expression == verdict.checked.text and same_policy
    return found if current and clock.now_ms() - found.created_ms < FRESH_MS else None


def start_count(draft: AudienceDraft, verdict: Verdict, drafts: Drafts) -> AudienceDraft:
    """Count what the draft says now; the count of what it said before is dropped."""
    sandbox, actor = drafts.sandbox, drafts.actor
    if verdict.checked is None or _preview(draft, verdict, sandbox) is not None:
        return draft
    if draft.preview:
        drop_count(draft, drafts)
    preview = start_preview(
        PreviewInput(
            Expression(verdict.checked.text),
            merge_policy_id=str(verdict.policy.pk) if verdict.policy else None,
        ),
        actor=actor,
        sandbox=sandbox,
    )
    return drafts.counted_by(str(preview.pk))


def drop_count(draft: AudienceDraft, drafts: Drafts) -> None:
    """Nobody waits for the draft's count any more; one that runs stops."""
    try:
        delete_preview(actor=drafts.actor, sandbox=drafts.sandbox, preview_id=draft.preview)
    except AppError:
        return
