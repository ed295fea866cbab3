"""A person's notifications ready to show: how each looks and where it leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from core.access.models import User
from core.access.types import Actor
from core.notifications.models import Notification
from core.notifications.queries import list_unread
from core.notifications.types import Kind
from core.sandboxes.models import Sandbox

IN_THE_BELL = 6
MOST_COUNTED = 99

# Kind -> status light: tone and word.
LOOKS: Mapping[str, tuple[str, str]] = {
    Kind.IMPORT_FINISHED: ("positive", "Import"),
    Kind.IMPORT_FAILED: ("negative", "Import"),
    Kind.BACKFILL_FINISHED: ("positive", "Backfill"),
    Kind.RULES_APPLIED: ("positive", "Linking rules"),
    Kind.SANDBOX_RESET: ("notice", "Sandbox"),
    Kind.SANDBOX_DELETED: ("notice", "Sandbox"),
    Kind.SANDBOX_COPIED: ("positive", "Sandbox"),
    Kind.DATAFLOW_FAILING: ("negative", "Dataflow"),
    Kind.FAILURE_RATIO: ("negative", "Ingestion"),
}
# Kind -> name of the page it leads to, and whether that page takes the subject.
_PAGES: Mapping[str, tuple[str, bool]] = {
    Kind.IMPORT_FINISHED: ("upload-progress", True),
    Kind.IMPORT_FAILED: ("upload-progress", True),
    Kind.BACKFILL_FINISHED: ("dataset-settings", True),
    Kind.RULES_APPLIED: ("identity-settings", False),
    Kind.DATAFLOW_FAILING: ("source-errors", True),
    Kind.FAILURE_RATIO: ("monitoring", False),
}

_OF_SANDBOXES = frozenset({Kind.SANDBOX_RESET, Kind.SANDBOX_DELETED, Kind.SANDBOX_COPIED})


@dataclass(frozen=True, slots=True)
class Line:
    """One notification; `href` opens what it is about and marks it as read."""

    number: int
    title: str
    text: str
    tone: str
    word: str
    at: int
    href: str
    sandbox: str
    unread: bool


@dataclass(frozen=True, slots=True)
class Bell:
    """What the top bar shows. `token` changes when anything of it does."""

    count: int
    more: bool
    lines: tuple[Line, ...]
    token: str

    @property
    def said(self) -> str:
        """The count for people: 99+ when it is more."""
        return f"{self.count}+" if self.more else str(self.count)


def bell_of(user: User, actor: Actor, sandbox: Sandbox) -> Bell:
    """The bell of a page in this sandbox: one query."""
    unread = list_unread(user=user, actor=actor, limit=MOST_COUNTED + 1)
    count = min(len(unread), MOST_COUNTED)
    newest = unread[0].pk if unread else 0
    return Bell(
        count=count,
        more=len(unread) > MOST_COUNTED,
        lines=lines_of(unread[:IN_THE_BELL], sandbox),
        token=f"{len(unread)}-{newest}",
    )


def lines_of(rows: Iterable[Notification], sandbox: Sandbox) -> tuple[Line, ...]:
    """Notifications as seen from a page in this sandbox, which is not named again."""
    return tuple(_line(row, sandbox) for row in rows)


def _line(row: Notification, here: Sandbox) -> Line:
    tone, word = LOOKS.get(row.kind, ("informative", "Notification"))
    other = row.sandbox is not None and row.sandbox_id != here.pk
    return Line(
        number=row.pk,
        title=row.title,
        text=row.text,
        tone=tone,
        word=word,
        at=row.created_ms,
        href=reverse("notification", args=[here.name, row.pk]),
        sandbox=row.sandbox.title if row.sandbox is not None and other else "",
        unread=row.read_ms is None,
    )


def target_of(row: Notification, here: Sandbox) -> str:
    """Where the notification leads; to the list when its subject is gone."""
    if row.kind in _OF_SANDBOXES:
        active = Sandbox.objects.filter(name=row.subject, state=Sandbox.State.ACTIVE).exists()
        return reverse("home", args=[row.subject]) if active else _list(here)
    sandbox = row.sandbox or here
    if row.kind not in _PAGES or sandbox.state != Sandbox.State.ACTIVE:
        return _list(here)
    name, takes_subject = _PAGES[row.kind]
    subject = [row.subject] if takes_subject else []
    return reverse(name, args=[sandbox.name, *subject])


def _list(here: Sandbox) -> str:
    return reverse("notifications", args=[here.name])
