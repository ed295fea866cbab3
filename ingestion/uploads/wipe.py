"""Files of a sandbox that is wiped go with its rows."""

from pathlib import Path

from django.db import transaction

from core.sandboxes.models import Sandbox
from ingestion.uploads.files import path_of
from ingestion.uploads.models import Upload


def forget_files(sandbox: Sandbox) -> None:
    """Remove the sandbox's uploaded files once the wipe has committed."""
    paths = [path_of(upload) for upload in Upload.objects.filter(sandbox=sandbox)]
    transaction.on_commit(lambda: _remove(paths))


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
