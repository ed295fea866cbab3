"""Throwaway servers and whole products for tests, benchmarks and the crash suite.

Unit tests:       `servers = ensure_servers(ROOT / "var" / "test")`, then `servers.database_url`.
Started product:  `with start_product(folder) as product: ... product.url ...`.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.config import ROOT, Config, database_url, load, run_folder
from core.launcher import broker, commands, folders, instance, postgres, processes, standalone
from core.launcher.errors import LaunchError

# Local and worthless: whoever can open the 0700 socket folder owns the server anyway.
TEST_PASSWORD = "onefold-test"  # noqa: S105 - see above


# Under make the supervisor would end with the thread that started it.
NOT_INHERITED = {"DATABASE_URL", "BROKER_URL", "MAKELEVEL"}


@dataclass(frozen=True, slots=True)
class Servers:
    """A Postgres and a broker of their own."""

    postgres: postgres.Postgres
    broker: broker.Broker

    @property
    def database_url(self) -> str:
        """Connection string of the empty database `onefold`; its user may create others."""
        host = str(self.postgres.run).replace("/", "%2F")
        return f"postgresql://onefold:{TEST_PASSWORD}@/onefold?host={host}&port={postgres.PORT}"

    @property
    def broker_url(self) -> str:
        """Celery's address of the broker."""
        return f"redis+socket://{self.broker.socket}"

    def stop(self) -> None:
        """Stop both and wait for it."""
        instance.clear_survivors(self.postgres.run)


def ensure_servers(folder: Path, *, durable: bool = False) -> Servers:
    """Start both servers in this folder, or find them running: the next test run is faster.

    They stay until `Servers.stop` or `make test-stop`. Without `durable` the disk is never waited
    for, so only tests that kill no machine may use it.
    """
    run = folders.make_private(run_folder(folder))
    servers = Servers(
        postgres.Postgres(
            home=folder / "postgres",
            run=run,
            password=TEST_PASSWORD,
            durable=durable,
        ),
        broker.Broker(home=folder / "broker", run=run),
    )
    with standalone.start_lock(run):
        standalone.ensure(
            "postgres",
            postgres.prepare(servers.postgres),
            run=run,
            is_ready=lambda pid: postgres.is_ready(servers.postgres, pid),
        )
        standalone.ensure(
            "broker",
            broker.prepare(servers.broker),
            run=run,
            is_ready=lambda pid: broker.is_ready(servers.broker, pid),
        )
    return servers


def stop_servers(folder: Path) -> None:
    """Stop what `ensure_servers` left running in this folder."""
    instance.clear_survivors(run_folder(folder))


@dataclass(frozen=True, slots=True)
class Product:
    """A whole Onefold with ports and state of its own, started as `make up` does."""

    config: Config
    environ: dict[str, str]
    supervisor: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Address of the console and the APIs."""
        return self.config.public_url

    @property
    def collector_url(self) -> str:
        """Address of the collector."""
        return self.config.collector_public_url

    @property
    def database_url(self) -> str:
        """Connection string of its database."""
        return database_url(self.config)

    def client_environ(self) -> dict[str, str]:
        """What `make env` prints: gateway, organization, credential and a fresh token."""
        return commands.client_environ(self.config)

    def pid(self, name: str) -> int | None:
        """Process number of `collector`, `console`, `profile`, `postgres`...; None while down."""
        return standalone.running_pid(self.config.run_dir / f"{name}.pid")

    def memory(self) -> float:
        """Megabytes all its processes use together, shared pages counted once."""
        family = [self.supervisor.pid, *processes.list_descendants(self.supervisor.pid)]
        return sum(map(processes.proportional_memory, family))

    def kill(self, name: str) -> list[int]:
        """SIGKILL the process and everything below it; answers whom it met."""
        pid = self.pid(name)
        if pid is None:
            return []
        victims = [pid, *processes.list_descendants(pid)]
        processes.send(victims, signal.SIGKILL)
        return victims

    def stop(self, *, seconds: float = 60) -> None:
        """Stop it as Ctrl-C does; what it left is cleared away."""
        self.supervisor.send_signal(signal.SIGINT)
        try:
            self.supervisor.wait(seconds)
        except subprocess.TimeoutExpired:
            self.supervisor.kill()
            self.supervisor.wait()
        instance.clear_survivors(self.config.run_dir)


@contextmanager
def start_product(
    var: Path, *, environ: Mapping[str, str] | None = None, seconds: float = 90
) -> Iterator[Product]:
    """Start the product with its state in `var`; stopped when the block ends.

    Ports are free ones and both servers embedded, unless `environ` says otherwise.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ONEFOLD_") and name not in NOT_INHERITED
    }
    full = {
        **inherited,
        "ONEFOLD_VAR": str(var),
        "ONEFOLD_PORT": str(free_port()),
        "ONEFOLD_COLLECTOR_PORT": str(free_port()),
        **(environ or {}),
    }
    config = load(full)
    var.mkdir(parents=True, exist_ok=True)
    log = var / "up.log"
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "core.launcher", "up"],
            cwd=ROOT,
            env=full,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    product = Product(config, full, supervisor, log)
    try:
        _wait_until_ready(product, seconds)
        yield product
    finally:
        product.stop()


def _wait_until_ready(product: Product, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while commands.READY_LINE not in (shown := product.log.read_text("utf-8", "replace")):
        if product.supervisor.poll() is not None or time.monotonic() > deadline:
            raise LaunchError("The product did not start.", hint=shown[-3000:])
        time.sleep(0.05)


def free_port() -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
