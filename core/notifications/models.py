"""What happened while somebody looked elsewhere: one row for each person it concerns."""

from django.db import models


class Notification(models.Model):
    """A notification of one person; `kind` is a `Kind`. The console knows where a subject lives.

    `permission` is what it takes to see it; empty: to reach the sandbox. `incident` names what is
    going on while it lasts, so that it is told once.
    """

    user = models.ForeignKey("core.User", models.CASCADE, related_name="+")
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    subject = models.CharField(max_length=300, blank=True)
    permission = models.CharField(max_length=60, blank=True)
    incident = models.CharField(max_length=120, null=True)  # noqa: DJ001 - unique where it is set
    created_ms = models.BigIntegerField()
    read_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "incident"], name="notification_incident"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_ms"], name="notification_user"),
            models.Index(
                fields=["user"],
                condition=models.Q(read_ms=None),
                name="notification_unread",
            ),
        ]

    def __str__(self) -> str:
        return self.title
