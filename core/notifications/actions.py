"""Write notifications. They tell of what others recorded: no audit, no announcement."""

from collections.abc import Iterable

from django.db.models import Q

from core import clock
from core.access.models import Role, User
from core.notifications.models import Notification
from core.notifications.types import Notice
from core.sandboxes.models import Sandbox

KEPT_MS = 90 * 24 * 3600 * 1000


def tell_person(actor_id: str, notice: Notice, *, sandbox: Sandbox) -> None:
    """Tell whoever began it; programs and the system have no bell."""
    if actor_id.isdecimal():
        users = User.objects.filter(pk=int(actor_id), is_active=True)
        _tell(users.values_list("pk", flat=True), notice, sandbox=sandbox)


def tell_sandbox(
    notice: Notice, *, sandbox: Sandbox, incident: str | None = None, outlives: bool = False
) -> None:
    """Tell everybody who reaches the sandbox and has the notice's permission there.

    While an incident is not ended, nobody is told of it twice. What outlives the sandbox is not
    wiped with it.
    """
    roles = Role.objects.filter(Q(in_all_sandboxes=True) | Q(sandboxes=sandbox))
    if notice.permission:
        roles = roles.filter(permissions__contains=[notice.permission])
    users = User.objects.filter(roles__in=roles, is_active=True).distinct()
    place = None if outlives else sandbox
    _tell(users.values_list("pk", flat=True), notice, sandbox=place, incident=incident)


def end_incidents(*, sandbox: Sandbox, lasting: Iterable[str]) -> None:
    """End all incidents of a sandbox but those that last."""
    rows = Notification.objects.filter(sandbox=sandbox, incident__isnull=False)
    rows.exclude(incident__in=list(lasting)).update(incident=None)


def mark_read(*, user: User, only: Iterable[int] | None = None) -> int:
    """Mark all of a person's notifications as read, or only some; how many were unread."""
    rows = Notification.objects.filter(user=user, read_ms=None)
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    return rows.update(read_ms=clock.now_ms())


def forget_old() -> None:
    """Drop notifications past their time."""
    Notification.objects.filter(created_ms__lt=clock.now_ms() - KEPT_MS).delete()


def _tell(
    users: Iterable[int], notice: Notice, *, sandbox: Sandbox | None, incident: str | None = None
) -> None:
    now = clock.now_ms()
    rows = [
        Notification(
            user_id=user,
            sandbox=sandbox,
            kind=notice.kind,
            title=notice.title[:300],
            text=notice.text,
            subject=notice.subject,
            permission=notice.permission,
            incident=incident,
            created_ms=now,
        )
        for user in users
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=incident is not None)
