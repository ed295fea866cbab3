"""A collector as the product runs it: its own process, real HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from core.config import ROOT
from core.launcher.programs import COLLECTOR_SERVER
from core.launcher.testing import free_port

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RunningCollector:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def stop(self) -> int:
        """Stop it in an orderly way; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def start_collector(
    database_url: str, log: Path, *, environ: Mapping[str, str] | None = None
) -> Iterator[RunningCollector]:
    """A collector on this database, ready when the block begins."""
    port = free_port()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ONEFOLD_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                *COLLECTOR_SERVER,
                *("--host", "127.0.0.1", "--port", str(port), "ingestion.collect.app:app"),
            ],
            cwd=ROOT,
            env={
                **inherited,
                "DATABASE_URL": database_url,
                "ONEFOLD_VAR": "var/test",
                **(environ or {}),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: all of it dies with it, whatever the test did.
            start_new_session=True,
        )
    collector = RunningCollector(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait(collector)
        yield collector
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(collector: RunningCollector) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(f"{collector.url}/healthz", trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < deadline, collector.log.read_text()
            assert collector.process.poll() is None, collector.log.read_text()
            time.sleep(0.05)
        else:
            return
