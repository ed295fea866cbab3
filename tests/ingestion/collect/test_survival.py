"""The store dies, hangs or is not there: no message is acknowledged that is not stored."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import psycopg
import pytest

from core.config import ROOT
from core.launcher import processes, standalone
from core.launcher.testing import Servers, ensure_servers, stop_servers
from tests.ingestion.collect.messages import text
from tests.ingestion.collect.running import RunningCollector, start_collector
from tests.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Store:
    """A Postgres of our own to hurt, with tables, an organization and one inlet."""

    folder: Path
    servers: Servers
    inlet_id: str

    @property
    def url(self) -> str:
        return self.servers.database_url

    def pids(self) -> list[int]:
        pid = standalone.running_pid(self.servers.postgres.run / "postgres.pid")
        assert pid is not None
        return [pid, *processes.list_descendants(pid)]

    def kill(self) -> None:
        """End all its processes at once."""
        first, *rest = self.pids()
        processes.send([first, *rest], signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            # Started by this process, it stays a zombie until somebody asks how it ended; a new
            # server takes it for alive and will not start.
            os.waitpid(first, 0)

    def start(self) -> None:
        ensure_servers(self.folder, durable=True)

    def numbers(self) -> set[int]:
        with psycopg.connect(self.url) as connection:
            rows = connection.execute("SELECT seq FROM journal_record").fetchall()
        return {seq for (seq,) in rows}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    folder = ROOT / "var" / "test" / "hurt"
    servers = ensure_servers(folder, durable=True)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ONEFOLD_")}
    environ = {**inherited, "DATABASE_URL": servers.database_url, "ONEFOLD_VAR": "var/test"}
    for command in ("migrate", "seed"):
        subprocess.run(
            [sys.executable, "manage.py", command, "--skip-checks"],
            cwd=ROOT,
            env=environ,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    inlet_id = secrets.token_hex(32)
    with psycopg.connect(servers.database_url) as connection:
        connection.execute(
            "INSERT INTO ingestion_inlet (inlet_id, sandbox_id, name, description, source_id,"
            " data_type, authentication_required, enabled, created_ms, updated_ms, created_by,"
            " updated_by) SELECT %s, number, 'hurt', '', 'hurt', 'xdm', false, true, 0, 0, '', ''"
            " FROM core_sandbox WHERE name = 'prod'",
            [inlet_id],
        )
    yield Store(folder, servers, inlet_id)
    stop_servers(folder)


@pytest.fixture
def collector(store: Store, tmp_path: Path) -> Iterator[RunningCollector]:
    with start_collector(store.url, tmp_path / "log") as running:
        yield running


class Load:
    """Senders that never pause; they remember each answer."""

    def __init__(self, collector: RunningCollector, store: Store) -> None:
        self.statuses: list[int] = []
        self.acknowledged: set[int] = set()
        self._collector = collector
        self._path = f"/collection/{store.inlet_id}"
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with self._collector.client() as client:
            while not self._over.is_set():
                try:
                    answer = client.post(self._path, content=text())
                except httpx.TransportError:
                    # The collector itself is gone: nothing was acknowledged.
                    self.statuses.append(0)
                    time.sleep(0.01)
                    continue
                self.statuses.append(answer.status_code)
                if answer.status_code == 200:
                    self.acknowledged.add(int(answer.json()["xactionId"].split(":")[2]))

    def succeeded_again(self) -> bool:
        return self.statuses[-20:] == [200] * 20


def test_a_killed_store_costs_500s_and_never_an_acknowledged_message(
    store: Store, collector: RunningCollector
) -> None:
    with Load(collector, store) as load:
        wait_until(load.succeeded_again)
        for _ in range(2):
            store.kill()
            before = len(load.statuses)
            wait_until(lambda before=before: 500 in load.statuses[before:])  # type: ignore[misc]
            ready = httpx.get(f"{collector.url}/readyz", trust_env=False)
            assert ready.status_code == 503
            assert ready.json()["checks"]["database"] != "ok"
            store.start()
            wait_until(load.succeeded_again)
    assert set(load.statuses) == {200, 500}
    assert load.acknowledged
    assert load.acknowledged <= store.numbers()
    ready = httpx.get(f"{collector.url}/readyz", trust_env=False)
    assert ready.json() == {
        "status": "ok",
        "checks": {"database": "ok", "configuration": "ok", "journal": "ok"},
    }


def test_an_idle_collector_does_not_fail_the_first_request_after_a_restart_of_the_store(
    store: Store, collector: RunningCollector
) -> None:
    with collector.client() as client:
        path = f"/collection/{store.inlet_id}"
        assert client.post(path, content=text()).status_code == 200
        store.kill()
        store.start()
        assert client.post(path, content=text()).status_code == 200


def test_a_collector_that_starts_without_its_store_answers_500_until_it_is_there(
    store: Store, tmp_path: Path
) -> None:
    store.kill()
    with start_collector(store.url, tmp_path / "log") as running, running.client() as client:
        path = f"/collection/{store.inlet_id}"
        # Not 404: without a database nobody knows whether the inlet exists.
        assert client.post(path, content=text()).status_code == 500
        assert client.get("/healthz").status_code == 200
        store.start()
        wait_until(lambda: client.post(path, content=text()).status_code == 200)


def test_a_collector_that_is_asked_to_stop_answers_what_it_took(
    store: Store, collector: RunningCollector
) -> None:
    with Load(collector, store) as load:
        wait_until(load.succeeded_again)
        # The server ends in order, and then by the signal it was sent.
        assert collector.stop() == -signal.SIGTERM
    assert set(load.statuses) <= {200, 0}
    assert load.acknowledged <= store.numbers()


def test_a_killed_collector_leaves_what_it_acknowledged(
    store: Store, collector: RunningCollector
) -> None:
    with Load(collector, store) as load:
        wait_until(load.succeeded_again)
        os.killpg(collector.process.pid, signal.SIGKILL)
        collector.process.wait()
    assert load.acknowledged
    assert load.acknowledged <= store.numbers()
