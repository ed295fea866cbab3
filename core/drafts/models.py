"""Unfinished work of one person in one sandbox: wizards and editors keep their state here."""

import uuid

from django.db import models


class Draft(models.Model):
    """State of a wizard or editor between two requests; nobody but its owner sees it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=120)
    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=300, blank=True)
    state = models.JSONField(default=dict)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            # Two tabs that begin to edit one object share one draft.
            models.UniqueConstraint(
                fields=["owner", "sandbox", "kind", "subject"],
                condition=~models.Q(subject=""),
                name="draft_of_subject_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "sandbox", "kind", "-updated_ms"], name="draft_owner")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
