"""The audiences of a profile: which, since when, and why; or why not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from console.audiences import METHODS
from console.explanations import ExplainedPart, explained_part
from console.pages import actor_of, in_sandbox
from console.profile_frame import Head, name_of, profile_head, profile_tab, render_profile
from core import clock
from core.access.permissions import require
from core.errors import AppError, Forbidden, NotFound
from core.sandboxes.models import Sandbox
from profiles.lookup.directory import directory_of
from profiles.lookup.queries import get_profile
from profiles.lookup.types import ProfileView
from profiles.segmentation.explain_membership import MembershipExplanation, explain_membership
from profiles.segmentation.memberships import list_memberships
from profiles.segmentation.queries import count_on_other_policies, evaluated, names_of
from profiles.segmentation.reevaluate import reevaluate_profile

MOST_CHOICES = 500


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A line of the table; `since` in ms. Without `why_href` there is no rule to explain."""

    name: str
    sub: str
    href: str
    is_member: bool
    since: int
    method: str
    why_href: str
    chosen: bool

    @property
    def tone(self) -> str:
        """Of the status light."""
        return "positive" if self.is_member else "neutral"

    @property
    def word(self) -> str:
        """Of the status light."""
        return "Realized" if self.is_member else "Exited"


@dataclass(frozen=True, slots=True)
class Choice:
    """An audience to ask about."""

    id: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Why:
    """The answer about one audience."""

    found: MembershipExplanation
    href: str
    part: ExplainedPart | None


@dataclass(frozen=True, slots=True)
class AudiencesPage:
    """Memberships, and the answer to "why" or "why not"."""

    head: Head
    rows: tuple[MembershipRow, ...]
    choices: tuple[Choice, ...]
    why: Why | None
    trouble: str
    poll_href: str
    as_of: int

    @property
    def members(self) -> int:
        """Audiences the profile is in now."""
        return sum(row.is_member for row in self.rows)

    @property
    def left(self) -> int:
        """Audiences it was in."""
        return len(self.rows) - self.members


@profile_tab
def audiences(request: HttpRequest, sandbox: Sandbox, xid: str, name: bytes) -> HttpResponse:
    """The tab; htmx polls it, so that a streamed event is seen without a reload."""
    require(actor_of(request), "view-profiles", sandbox)
    view = get_profile(sandbox=sandbox, name=name)
    asked = request.GET.get("why", "")
    why, trouble = _why(sandbox, name, asked) if asked else (None, "")
    page = AudiencesPage(
        head=profile_head(request, sandbox, xid, view, tab="audiences"),
        rows=tuple(_rows(sandbox, xid, view, asked)),
        choices=_choices(sandbox, asked),
        why=why,
        trouble=trouble,
        poll_href=f"?why={asked}" if why else "?",
        as_of=clock.now_ms(),
    )
    return render_profile(request, sandbox, page.head, "audiences", page, fragment="live")


def _rows(sandbox: Sandbox, xid: str, view: ProfileView, asked: str) -> list[MembershipRow]:
    own = reverse("profile-audiences", args=[sandbox.name, xid])
    rows = []
    for one in list_memberships(sandbox=sandbox, view=view):
        key = str(one.segment.pk)
        rows.append(
            MembershipRow(
                name=one.segment.name,
                sub="Draft" if one.segment.state == one.segment.State.DRAFT else "",
                href=reverse("audience", args=[sandbox.name, key]),
                is_member=one.is_member,
                since=one.state.qualified_at or 0,
                method=METHODS[one.segment.method],
                why_href=f"{own}?why={key}#why",
                chosen=key == asked,
            )
        )
    return [*rows, *_listings(sandbox, view)]


def _listings(sandbox: Sandbox, view: ProfileView) -> Iterator[MembershipRow]:
    """Lists from elsewhere the profile is on."""
    lists = directory_of(sandbox).lists
    names = names_of(sandbox=sandbox, segment_ids=[lists[one.number].id for one in view.listings])
    for one in view.listings:
        found = lists[one.number]
        until = clock.from_ms(one.expires_at) if one.expires_at else None
        yield MembershipRow(
            name=names.get(found.id, found.audience_id),
            sub=f"{found.namespace}, until {until:%d %b %Y}" if until else found.namespace,
            href=reverse("audience", args=[sandbox.name, found.id]),
            is_member=True,
            since=one.qualified_at,
            method="Imported list",
            why_href="",
            chosen=False,
        )


def _choices(sandbox: Sandbox, asked: str) -> tuple[Choice, ...]:
    rows = evaluated(sandbox).order_by("name").values_list("pk", "name")[:MOST_CHOICES]
    return tuple(Choice(str(pk), name, str(pk) == asked) for pk, name in rows)


def _why(sandbox: Sandbox, name: bytes, asked: str) -> tuple[Why | None, str]:
    try:
        UUID(asked)
        found = explain_membership(sandbox=sandbox, name=name, segment_id=asked)
    except ValueError:
        return None, "Choose an audience of the list."
    except AppError as error:
        return None, error.message
    href = reverse("audience", args=[sandbox.name, asked])
    part = found.explanation
    drawn = None if part is None else explained_part(part, names=_names(sandbox, found))
    return Why(found, href, drawn), ""


def _names(sandbox: Sandbox, found: MembershipExplanation) -> Mapping[str, Any]:
    used = [str(each.pk) for each in found.segment.depends_on.all()]
    return names_of(sandbox=sandbox, segment_ids=used)


@require_POST
@in_sandbox
def evaluate(request: HttpRequest, sandbox: Sandbox, xid: str) -> HttpResponse:
    """Evaluate all audiences for this profile, now."""
    try:
        changes = reevaluate_profile(actor=actor_of(request), sandbox=sandbox, name=name_of(xid))
    except NotFound as error:
        raise Http404(error.message) from error
    except Forbidden:
        raise
    except AppError as error:
        messages.error(request, error.message)
        return redirect("profile-audiences", sandbox.name, xid)
    entered = sum(change.status == "realized" for change in changes)
    left = len(changes) - entered
    said = f"entered {entered}, left {left}" if changes else "nothing changed"
    others = count_on_other_policies(sandbox)
    waits = "s on other merge policies wait" if others > 1 else " on another merge policy waits"
    later = f" {others} audience{waits} for the next job." if others else ""
    messages.success(request, f"Audiences evaluated: {said}.{later}")
    return redirect("profile-audiences", sandbox.name, xid)
