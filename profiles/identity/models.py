"""Identity settings, and how far they are applied. The graph is data-plane SQL (see `sql/`)."""

from django.db import models


class LinkingSettings(models.Model):
    """Namespace priorities and unique namespaces of a sandbox; absent: plain linking."""

    sandbox = models.OneToOneField(
        "core.Sandbox", models.CASCADE, primary_key=True, related_name="+"
    )
    namespaces = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    updated_ms = models.BigIntegerField()
    updated_by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"linking rules of sandbox {self.sandbox_id}"


class Relinking(models.Model):
    """Rules held against the graphs there were: the row is the truth about how far that is.

    Graphs are taken in the order of their ids, which are hashes: `after` is the last one done, and
    tells the share that is done. Counts are of graphs looked at (exact at the end), of those that
    split, and of links removed.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        SUPERSEDED = "superseded"

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    rules_version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    after = models.BinaryField(default=b"")
    graphs = models.BigIntegerField(default=0)
    splits = models.BigIntegerField(default=0)
    links = models.BigIntegerField(default=0)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()
    created_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sandbox"],
                condition=models.Q(state="running"),
                name="relinking_one_running",
            ),
        ]

    def __str__(self) -> str:
        return f"rules {self.rules_version} of sandbox {self.sandbox_id}: {self.state}"

    @property
    def percent(self) -> int:
        """How much is done."""
        if self.state == self.State.DONE:
            return 100
        return int.from_bytes(bytes(self.after[:2]).ljust(2, b"\0")) * 100 // 65_536
