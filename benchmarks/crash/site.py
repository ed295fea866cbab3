"""The product under attack: start, kill, restart, a broker that stays away, a disk that is full.

Postgres lives on a tmpfs inside a mount namespace of its own where the machine allows one. Made
smaller than what it holds, it is as full as a disk can be, and nothing of the machine is touched.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.config import ROOT, load
from core.launcher import commands
from core.launcher.testing import NOT_INHERITED, Product, free_port

DISK_BYTES = 3 << 30
# Room left on the full disk: some writes still pass, as on a real one.
ROOM_BYTES = 256 << 10
START_S = 180.0
_MOUNT = 'mount -t tmpfs -o mode=0700,size="$1" tmpfs "$2" && echo mounted && exec sleep infinity'


class Site:
    """One state folder and the product that runs on it; the product changes with every start."""

    def __init__(self, var: Path) -> None:
        self.product: Product
        self._var = var
        self._disk = var / "postgres"
        self._environ = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith("ONEFOLD_") and name not in NOT_INHERITED
            },
            "ONEFOLD_VAR": str(var),
            "ONEFOLD_PORT": str(free_port()),
            "ONEFOLD_COLLECTOR_PORT": str(free_port()),
        }
        self._disk.mkdir(parents=True, exist_ok=True)
        self._holder = _hold_disk(self._disk)

    @property
    def has_small_disk(self) -> bool:
        """Can `fill_disk` be asked for?"""
        return self._holder is not None

    def start(self) -> None:
        """Start the product and wait until it says that it is ready."""
        log = self._var / "up.log"
        seen = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            supervisor = subprocess.Popen(
                [*self._enter(), sys.executable, "-m", "core.launcher", "up"],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.product = Product(load(self._environ), self._environ, supervisor, log)
        deadline = time.monotonic() + START_S
        while commands.READY_LINE.encode() not in (shown := log.read_bytes()[seen:]):
            if supervisor.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"The product did not start:\n{shown.decode('utf-8', 'replace')[-3000:]}")
            time.sleep(0.05)

    def kill_supervisor(self) -> None:
        """SIGKILL `make up` itself; its processes are left alone, as a crash would."""
        self.product.supervisor.kill()
        self.product.supervisor.wait()

    def keep_away(self, name: str, *, seconds: float) -> None:
        """Kill a process as often as it comes back, for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.product.kill(name)
            time.sleep(0.02)

    def fill_disk(self) -> None:
        """Leave next to no room on Postgres' disk."""
        assert self._holder is not None
        stat = os.statvfs(f"/proc/{self._holder.pid}/root{self._disk}")
        used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize
        self._resize(used + ROOM_BYTES)

    def free_disk(self) -> None:
        """Give the room back."""
        self._resize(DISK_BYTES)

    def stop(self) -> None:
        """Stop the product and remove its disk."""
        if hasattr(self, "product"):
            self.product.stop()
        if self._holder is not None:
            self._holder.kill()
            self._holder.wait()

    def clear(self) -> None:
        """Remove the state folder; logs are kept beside it."""
        log = self._var / "up.log"
        if log.exists():
            log.replace(self._var.with_suffix(".log"))
        shutil.rmtree(self._var, ignore_errors=True)

    def _resize(self, size: int) -> None:
        remount = ["mount", "-o", f"remount,size={size}", str(self._disk)]
        subprocess.run([*self._enter(), *remount], check=True)

    def _enter(self) -> list[str]:
        if self._holder is None:
            return []
        spaces = f"/proc/{self._holder.pid}/ns"
        user = [] if os.geteuid() == 0 else [f"--user={spaces}/user", "--preserve-credentials"]
        # Entering leaves the working folder behind.
        go = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(ROOT)]
        return ["nsenter", *user, f"--mount={spaces}/mnt", *go]


def _hold_disk(folder: Path) -> "subprocess.Popen[bytes] | None":
    """A process that keeps a mount namespace with a small disk alive; None where forbidden."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    try:
        holder = subprocess.Popen(
            ["unshare", *user, "--mount", "sh", "-c", _MOUNT, "sh", str(DISK_BYTES), str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
    assert holder.stdout is not None
    with holder.stdout as told:
        if told.readline().strip() == b"mounted":
            return holder
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    return None
