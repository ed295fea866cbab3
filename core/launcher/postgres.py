"""The embedded Postgres: made once, started in the foreground, reached by a private socket."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.config import Config
from core.launcher import binaries, folders, privileges
from core.launcher.errors import LaunchError

DATABASE = "onefold"
PORT = 5432
BUILTIN_LOCALE_SINCE = 17
FLOOR = 15
# Line of postmaster.pid that says "ready".
STATUS_LINE = 7

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "timezone": "UTC",
    # A record is acknowledged only after its commit reached the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Fewer full page images under a steady stream of upserts.
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    # pglz is all this build has, and tripled the CPU that Postgres needs for merging.
    "wal_compression": "off",
    "wal_buffers": "16MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    # Short statements: compiling and parallel workers cost more than they bring.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "20s",
    "idle_in_transaction_session_timeout": "10min",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "",
}
# Unit tests may lose everything with the machine, and run twice as fast for it.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server: its folder, its socket folder and how careful it is with the disk."""

    home: Path
    run: Path
    password: str
    chosen: Path | None = None
    buffers: str = "128MB"
    durable: bool = True

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"


def from_config(config: Config) -> Postgres:
    """The product's server."""
    return Postgres(
        home=config.var / "postgres",
        run=config.run_dir,
        password=config.secret("postgres_password"),
        chosen=config.postgres_bin,
        buffers=config.postgres_buffers,
    )


def prepare(server: Postgres) -> list[str]:
    """Create what is missing and answer the command that runs the server in the foreground."""
    folder = binaries.find_postgres(server.chosen)
    disguise = privileges.find_disguise()
    folders.make_private(server.home)
    folders.make_private(server.run)
    if not server.data.exists():
        _initialize(server, folder, disguise)
    privileges.give(server.data, disguise.owner)
    settings = {
        **SETTINGS,
        **({} if server.durable else FORGETFUL),
        "shared_buffers": server.buffers,
        "unix_socket_directories": str(server.run),
        "port": str(PORT),
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    return [*disguise.prefix, str(folder / "postgres"), "-D", str(server.data), *options]


def is_ready(server: Postgres, pid: int) -> bool:
    """Does the server with this process number accept connections?

    It writes so into its own process file; one left by a killed server names another number.
    """
    try:
        lines = (server.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return (
        len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE].startswith("ready")
    )


def _initialize(server: Postgres, folder: Path, disguise: privileges.Disguise) -> None:
    """Build the cluster aside and move it into place whole: a kill halfway leaves no half one."""
    major = _major(folder, disguise)
    draft = server.home / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = server.home / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(server.password, encoding="utf-8")
    privileges.give(draft, disguise.owner)
    privileges.give(password_file, disguise.owner)
    locale = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if major >= BUILTIN_LOCALE_SINCE
        else ["--locale=C"]
    )
    try:
        _run(
            disguise,
            [
                str(folder / "initdb"),
                f"--pgdata={draft}",
                "--username=onefold",
                "--encoding=UTF8",
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
                "--no-instructions",
                *locale,
            ],
        )
        _run(
            disguise,
            [str(folder / "postgres"), "--single", "-D", str(draft), "postgres"],
            text=f"CREATE DATABASE {DATABASE}\n",
        )
    finally:
        password_file.unlink(missing_ok=True)
    draft.rename(server.data)


def _major(folder: Path, disguise: privileges.Disguise) -> int:
    shown = _run(disguise, [str(folder / "postgres"), "--version"])
    match = re.search(r"(\d+)", shown)
    major = int(match.group(1)) if match else 0
    if major < FLOOR:
        raise LaunchError(
            f"{folder} holds {shown.strip()}; PostgreSQL {FLOOR} is the oldest supported.",
            hint="Install a newer one, or unset ONEFOLD_POSTGRES_BIN to use the one included.",
        )
    return major


def _run(disguise: privileges.Disguise, command: list[str], *, text: str = "") -> str:
    run = subprocess.run(
        [*disguise.prefix, *command], input=text, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise LaunchError(
            f"{Path(command[0]).name} failed: {(run.stderr or run.stdout).strip()[-800:]}",
            hint="Is the disk full, or a library missing? The lines above are the program's own.",
        )
    return run.stdout
