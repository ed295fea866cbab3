"""Drafts belong to one person and die of age."""

import pytest

from core.access.types import Actor
from core.drafts.actions import KEPT_MS, change_draft, change_draft_of, discard_draft, start_draft
from core.drafts.models import Draft
from core.drafts.queries import find_draft_of, get_draft, list_drafts
from core.errors import NotFound
from core.sandboxes.models import Sandbox

pytestmark = pytest.mark.django_db
ANA = Actor("user", "1", "ana")
BEN = Actor("user", "2", "ben")


def test_a_draft_is_changed_and_discarded_by_its_owner_only(sandbox: Sandbox) -> None:
    draft = start_draft("wizard", actor=ANA, sandbox=sandbox, state={"step": 1})
    key = str(draft.pk)
    change_draft(key, kind="wizard", actor=ANA, sandbox=sandbox, change=lambda s: {**s, "step": 2})
    assert get_draft(key, kind="wizard", actor=ANA, sandbox=sandbox).state == {"step": 2}
    for actor, kind in ((BEN, "wizard"), (ANA, "other")):
        with pytest.raises(NotFound):
            get_draft(key, kind=kind, actor=actor, sandbox=sandbox)
    with pytest.raises(NotFound):
        get_draft("no-uuid", kind="wizard", actor=ANA, sandbox=sandbox)
    discard_draft(draft)
    assert list_drafts("wizard", actor=ANA, sandbox=sandbox) == []


def test_one_draft_for_one_object(sandbox: Sandbox) -> None:
    def count(state: dict[str, int]) -> dict[str, int]:
        return {"n": state.get("n", 0) + 1}

    for _ in range(2):
        change_draft_of("uri", kind="edit", actor=ANA, sandbox=sandbox, change=count)
    found = find_draft_of("uri", kind="edit", actor=ANA, sandbox=sandbox)
    assert found is not None
    assert found.state == {"n": 2}
    assert find_draft_of("uri", kind="edit", actor=BEN, sandbox=sandbox) is None


def test_drafts_untouched_for_thirty_days_go(sandbox: Sandbox) -> None:
    old = start_draft("wizard", actor=ANA, sandbox=sandbox, state={})
    Draft.objects.filter(pk=old.pk).update(updated_ms=old.updated_ms - KEPT_MS - 1)
    new = start_draft("wizard", actor=ANA, sandbox=sandbox, state={})
    assert list_drafts("wizard", actor=ANA, sandbox=sandbox) == [new]
