"""Read backfills."""

from core.sandboxes.models import Sandbox
from ingestion.backfill.models import Backfill


def find_latest_backfill(*, sandbox: Sandbox, dataset_id: str) -> Backfill | None:
    """The dataset's latest backfill, running or done."""
    rows = Backfill.objects.filter(sandbox=sandbox, dataset=dataset_id)
    return rows.order_by("-created_ms", "-pk").first()
