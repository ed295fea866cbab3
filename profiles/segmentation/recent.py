"""Snapshots that previews share: somebody who edits a rule asks again every few seconds."""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from django.conf import settings

from core import clock
from profiles.segmentation.snapshot import Scope, Snapshot, take_snapshot

KEPT_MS = 20_000
_MOST_KEPT = 8


@contextmanager
def recent_snapshot(
    sandbox: int,
    scope: Scope,
    *,
    max_age_ms: int = KEPT_MS,
    on_page: Callable[[], None] = lambda: None,
) -> Iterator[Snapshot]:
    """A snapshot of this scope, made at most so long ago, for as long as the block lasts."""
    parent = settings.CONFIG.var / "segmentation" / "recent"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = parent / f"{sandbox}-{_digest(scope)}"
    # Shared while it is read, so that nobody replaces it meanwhile.
    with (parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _find(folder, max_age_ms)
        if found is None:
            found = _replace(folder, sandbox, scope, on_page)
            _forget_old(parent, sandbox)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield found


def _digest(scope: Scope) -> str:
    given = orjson.dumps(
        [
            *(scope.events, scope.profiles, scope.computed),
            *(scope.since, sorted(scope.types or ()), scope.types is None, scope.datasets),
            scope.policy,
        ]
    )
    return hashlib.blake2b(given, digest_size=8).hexdigest()


def _find(folder: Path, max_age_ms: int) -> Snapshot | None:
    try:
        taken_at, made_at = map(int, (folder / "times").read_text().split())
    except (OSError, ValueError):
        return None
    fresh = 0 <= clock.now_ms() - made_at <= max_age_ms
    return Snapshot(folder, taken_at) if fresh else None


def _replace(folder: Path, sandbox: int, scope: Scope, on_page: Callable[[], None]) -> Snapshot:
    made = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    try:
        taken_at = take_snapshot(sandbox, made, scope, on_page=on_page).taken_at
        # To merge all profiles takes longer than a snapshot is kept: that counts from here.
        (made / "times").write_text(f"{taken_at} {clock.now_ms()}")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return Snapshot(folder, taken_at)


def _forget_old(parent: Path, sandbox: int) -> None:
    folders = [one for one in parent.glob(f"{sandbox}-*") if one.is_dir()]
    folders.sort(key=lambda one: one.stat().st_mtime, reverse=True)
    for one in folders[_MOST_KEPT:]:
        shutil.rmtree(one, ignore_errors=True)


def forget_snapshots(sandbox: int) -> None:
    """Remove what is kept of a sandbox: it was wiped, or a person's data deleted."""
    parent = settings.CONFIG.var / "segmentation" / "recent"
    for one in parent.glob(f"{sandbox}-*"):
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)
