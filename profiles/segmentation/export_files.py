"""Where the lines of an export lie: one file a batch, in a folder of the job."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction

from core.sandboxes.models import Sandbox
from profiles.segmentation.models import ExportJob


def folder_of(job: int) -> Path:
    """The folder of an export job; whoever writes there makes it."""
    return Path(settings.CONFIG.var) / "exports" / str(job)


def remove_files(job: int) -> None:
    """Forget what an export wrote."""
    shutil.rmtree(folder_of(job), ignore_errors=True)


def forget_files(sandbox: Sandbox) -> None:
    """Remove the exports of a wiped sandbox once the wipe has committed."""
    jobs = list(ExportJob.objects.filter(sandbox=sandbox).values_list("pk", flat=True))
    transaction.on_commit(lambda: _remove(jobs))


def _remove(jobs: list[int]) -> None:
    for job in jobs:
        remove_files(job)
