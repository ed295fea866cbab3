"""Where files of members lie. Programs name files below one folder; nothing else is read.

People's uploads lie elsewhere, under names nobody chooses.
"""

import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import transaction

from core import clock
from core.sandboxes.models import Sandbox
from ingestion.uploads.files import write
from profiles.segmentation.models import ExternalUpload
from profiles.segmentation.types import InvalidAudience

MOST_BYTES = 1024**3
_KEPT_S = 31 * 24 * 3600


def check_place(path: str) -> str:
    """A path below the folder, as text; whether there is such a file is seen when it is read."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        message = "sourceSpec.path must name a file below the folder of imports, such as a/b.csv."
        raise InvalidAudience(message, path="sourceSpec.path", received=path)
    return path


def files_at(sandbox: str, source: Mapping[str, Any]) -> list[Path]:
    """The files a source names for a sandbox (its name), in order; raises InvalidAudience."""
    folder = (settings.CONFIG.imports / sandbox).resolve()
    named = check_place(str(source.get("path", "")))
    # Resolved, so that a link cannot lead out of the folder either.
    path = (folder / named).resolve()
    if not path.is_relative_to(folder):
        message = f"{named} leads out of the folder of imports."
        raise InvalidAudience(message, path="sourceSpec.path", received=named)
    if source.get("type") == "folder":
        inside = (each.resolve() for each in sorted(path.glob("*.csv")))
        found = [each for each in inside if each.is_file() and each.is_relative_to(folder)]
    else:
        found = [path] if path.is_file() else []
    if not found:
        message = f"There is no CSV file {named} for the sandbox {sandbox}."
        raise InvalidAudience(message, path="sourceSpec.path", received=named)
    return found


def upload_path(key: str) -> Path:
    """Where the uploaded file with this key lies."""
    return Path(settings.CONFIG.var) / "audience-files" / str(uuid.UUID(key))


def keep_upload(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Store an upload; its key and size. Raises BadFile for one that is too large."""
    _forget_old()
    key = str(uuid.uuid4())
    try:
        return key, write(upload_path(key), chunks, most=MOST_BYTES)
    except BaseException:
        upload_path(key).unlink(missing_ok=True)
        raise


def _forget_old() -> None:
    """Files of drafts nobody finished go as the drafts do."""
    oldest = clock.now_ms() / 1000 - _KEPT_S
    for path in upload_path(str(uuid.uuid4())).parent.glob("*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def forget_files(sandbox: Sandbox) -> None:
    """Remove the uploaded files of a wiped sandbox once the wipe has committed."""
    requests = ExternalUpload.objects.filter(sandbox=sandbox).values_list("request", flat=True)
    keys = [str(each["file"]) for each in requests if each.get("file")]
    transaction.on_commit(lambda: _forget(keys))


def _forget(keys: Iterable[str]) -> None:
    for key in keys:
        forget_upload(key)


def forget_upload(key: str) -> None:
    """Remove an uploaded file; again does no harm."""
    upload_path(key).unlink(missing_ok=True)
