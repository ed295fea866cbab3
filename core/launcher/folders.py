"""Private folders of the servers."""

import os
import stat
from pathlib import Path

from core.launcher.errors import LaunchError


def make_private(folder: Path) -> Path:
    """Create the folder for us alone; refuse one that somebody else put there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LaunchError(
            f"Cannot create {folder}: {error.strerror}.",
            hint="Set ONEFOLD_VAR to a folder you may write to.",
        ) from error
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise LaunchError(
            f"{folder} belongs to somebody else.",
            hint="Start as its owner, or set ONEFOLD_VAR to another folder.",
        )
    folder.chmod(0o700)
    return folder
