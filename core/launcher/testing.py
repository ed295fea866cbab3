"""Throwaway servers and whole products for tests, benchmarks and the crash suite.

Unit tests:       `servers = ensure_servers(ROOT / "var" / "test")`, then `servers.database_url`.
Started product:  `with start_product(folder) as product: ... product.url ...`.
"""

import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from core.config import run_folder
from core.launcher import broker, folders, postgres, standalone

# Local and worthless: whoever can open the 0700 socket folder owns the server anyway.
TEST_PASSWORD = "onefold-test"  # noqa: S105 - see above


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
        run = self.postgres.run
        standalone.stop("broker", run=run, stop_signal=signal.SIGTERM)
        standalone.stop("postgres", run=run, stop_signal=signal.SIGINT)


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


def free_port() -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
