"""Postgres refuses to run as root: find a way to let it run as somebody else."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.launcher.errors import LaunchError


@dataclass(frozen=True, slots=True)
class Disguise:
    """A command prefix, and the owner its files then need."""

    prefix: tuple[str, ...]
    owner: int


# Inside the namespace root is called 1000; outside, files stay root's and nothing is changed.
USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


def as_nobody() -> Disguise:
    """User `nobody` with the right to pass folders that are closed to it (a 0700 home)."""
    nobody = pwd.getpwnam("nobody")
    prefix = (
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )
    return Disguise(prefix, nobody.pw_uid)


def find_disguise() -> Disguise:
    """How to start Postgres on this machine; containers often forbid user namespaces."""
    if os.geteuid() != 0:
        return Disguise((), os.geteuid())
    for disguise in (Disguise(USER_NAMESPACE, 0), as_nobody()):
        if _works(disguise):
            return disguise
    raise LaunchError(
        "Postgres refuses to run as root, and neither a user namespace nor setpriv works here.",
        hint="Run make up as an ordinary user, or set DATABASE_URL to a server of your own.",
    )


def _works(disguise: Disguise) -> bool:
    try:
        run = subprocess.run(
            [*disguise.prefix, "true"], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def give(folder: Path, owner: int) -> None:
    """Make `owner` the owner of the folder and everything in it, if it is not already."""
    if folder.stat().st_uid == owner:
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, owner, -1, follow_symlinks=False)
