"""Backfills: the row is the truth about how far one is, the task only a nudge."""

from django.db import models


class Backfill(models.Model):
    """Records of a dataset from before it fed profiles, appended again.

    Covers the journal up to `until_seq`; everything up to `after_seq` is done.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    dataset = models.ForeignKey("ingestion.Dataset", models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    after_seq = models.BigIntegerField(default=0)
    until_seq = models.BigIntegerField()
    total = models.BigIntegerField()
    appended = models.BigIntegerField(default=0)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset"],
                condition=models.Q(state="running"),
                name="backfill_one_running",
            ),
        ]

    def __str__(self) -> str:
        return f"Backfill of {self.dataset_id}"
