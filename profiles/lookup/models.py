"""Legacy configuration that belongs to reading profiles."""

from django.db import models


class EventTypeConfig(models.Model):
    """An event type a client announced (`ups/config/eventTypes`); values stay free text."""

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    code = models.CharField(max_length=200)
    title = models.CharField(max_length=300, blank=True)
    description = models.TextField(blank=True)
    is_global = models.BooleanField(default=True)
    updated_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "code"], name="event_type_unique"),
        ]

    def __str__(self) -> str:
        return self.code
