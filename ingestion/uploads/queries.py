"""Read uploads."""

from uuid import UUID

from core.errors import NotFound
from core.sandboxes.models import Sandbox
from ingestion.uploads.models import Upload


def get_upload(*, sandbox: Sandbox, upload_id: UUID) -> Upload:
    """The upload of this id; raises NotFound."""
    rows = Upload.objects.filter(sandbox=sandbox).select_related("dataset", "sandbox")
    found = rows.filter(pk=upload_id).first()
    if found is None:
        raise NotFound(f"No upload {upload_id}")
    return found


def list_uploads(*, sandbox: Sandbox, limit: int = 10) -> list[Upload]:
    """The latest uploads."""
    rows = Upload.objects.filter(sandbox=sandbox).select_related("dataset")
    return list(rows.order_by("-created_ms")[:limit])
