"""Read a person's notifications: those they may still see."""

from django.db.models import Q, QuerySet

from core.access.models import User
from core.access.types import Actor
from core.keyset import Slice, take
from core.notifications.models import Notification


def list_unread(*, user: User, actor: Actor, limit: int = 100) -> list[Notification]:
    """Unread notifications, the newest first."""
    rows = _visible(user, actor).filter(read_ms=None)
    return list(rows.select_related("sandbox").order_by("-created_ms", "-pk")[:limit])


def browse_notifications(
    *, user: User, actor: Actor, unread_only: bool = False, after: str = "", size: int = 25
) -> Slice[Notification]:
    """One page, the newest first."""
    rows = _visible(user, actor).select_related("sandbox")
    if unread_only:
        rows = rows.filter(read_ms=None)
    return take(rows, newest_by="created_ms", after=after, size=size)


def find_notification(*, user: User, actor: Actor, number: int) -> Notification | None:
    """The person's notification of this number, if they may see it."""
    return _visible(user, actor).select_related("sandbox").filter(pk=number).first()


def _visible(user: User, actor: Actor) -> QuerySet[Notification]:
    """Permissions may have been taken away since the notification came."""
    allowed = Q(pk__in=())
    for grant in actor.grants:
        here = Q(permission="") | Q(permission__in=grant.permissions)
        if grant.sandboxes is not None:
            here &= Q(sandbox=None) | Q(sandbox__in=grant.sandboxes)
        allowed |= here
    return Notification.objects.filter(allowed, user=user)
