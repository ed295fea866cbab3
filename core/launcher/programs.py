"""What `make up` runs: one value per process, in the order of their stages."""

import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.config import ROOT, Config, broker_url, database_url
from core.launcher import broker, postgres, probes, processes

Probe = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Program:
    """One process: how to start, recognise as ready, and stop it."""

    name: str
    command: Callable[[], list[str]]
    environ: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    ready: Probe = probes.started
    once: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    # Lines that say nothing a person can use; shown at log level `debug` only.
    noise: re.Pattern[str] | None = None
    # Longest pause between two starts of a process that keeps dying.
    longest_pause: float = 10.0


# Beside Postgres and the pipeline each switch between threads counts: one that runs all of HTTP.
COLLECTOR_SERVER = (
    *("-m", "uvicorn", "--http", "ingestion.collect.protocol:CollectorProtocol"),
    *("--loop", "uvloop", "--ws", "none", "--lifespan", "on"),
    *("--log-level", "warning", "--no-access-log", "--no-server-header"),
    "--no-proxy-headers",
    *("--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "10"),
)
# Celery logs every message at `info`; a sweep a second would drown the rest.
CELERY_LEVELS = {"debug": "info", "info": "warning"}
POSTGRES_NOISE = re.compile(r"^(LOG|HINT|DETAIL):|the database system is")
WORKER_NOISE = re.compile(r"^worker: (Warm|Cold) shutdown")
BROKER_NOISE = re.compile(r"signal-handler|overcommit|ready to exit|User requested")


def stages(config: Config, *, run: str) -> list[list[Program]]:
    """Programs by stage: each stage starts when the one before is ready.

    `prepare` starts beside the servers and waits for them itself: it needs seconds to load. Beat
    comes last for the same reason: nobody waits for it, and the others load faster without it.
    """
    base = _environ(config, run=run)
    return [
        [*servers(config, run=run), _prepare(base)],
        [
            _collector(config, base),
            _console(config, base),
            _worker(config, base, name="profile", queues="profile", size=config.profile_workers),
            _worker(
                config,
                base,
                name="tasks",
                queues="ops,lake,segmentation,activation",
                size=config.task_workers,
            ),
        ],
        [_beat(config, base)],
    ]


def servers(config: Config, *, run: str) -> list[Program]:
    """The embedded servers, as far as no external ones are set."""
    environ = {**os.environ, processes.MARK: run}
    found = []
    if not config.external_database_url:
        server = postgres.from_config(config)
        found.append(
            Program(
                name="postgres",
                command=lambda: postgres.prepare(server),
                environ=environ,
                note=f"socket in {server.run}",
                ready=lambda pid: postgres.is_ready(server, pid),
                # Its "fast" stop: SIGTERM would wait for every client to leave.
                stop_signal=signal.SIGINT,
                noise=None if config.log_level == "debug" else POSTGRES_NOISE,
                # Old backends of a killed server leave within seconds; until then it refuses.
                longest_pause=0.5,
            )
        )
    if not config.external_broker_url:
        queue = broker.from_config(config)
        found.append(
            Program(
                name="broker",
                command=lambda: broker.prepare(queue),
                environ=environ,
                note=f"socket {queue.socket}",
                ready=lambda pid: broker.is_ready(queue, pid),
                noise=None if config.log_level == "debug" else BROKER_NOISE,
                longest_pause=0.5,
            )
        )
    return found


def _environ(config: Config, *, run: str) -> dict[str, str]:
    return {
        # Few arenas: glibc's default of eight per core doubles idle memory for nothing.
        "MALLOC_ARENA_MAX": "2",
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "DATABASE_URL": database_url(config),
        "BROKER_URL": broker_url(config),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "ONEFOLD_VAR": str(config.var),
        processes.MARK: run,
    }


def _python(*arguments: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, *arguments]


def _prepare(base: Mapping[str, str]) -> Program:
    return Program(
        name="prepare",
        command=_python("-m", "core.launcher.prepare"),
        environ=base,
        note="tables, first objects and static files are in place",
        once=True,
    )


def _collector(config: Config, base: Mapping[str, str]) -> Program:
    return Program(
        name="collector",
        command=_python(
            *COLLECTOR_SERVER,
            *("--host", config.host, "--port", str(config.collector_port)),
            *("--workers", str(config.collectors), "--backlog", "4096"),
            "ingestion.collect.app:app",
        ),
        environ=base,
        note=f"listening on {config.host}:{config.collector_port}",
        ready=probes.answers(config.local_host, config.collector_port),
    )


def _console(config: Config, base: Mapping[str, str]) -> Program:
    threads = str(config.console_threads)
    return Program(
        name="console",
        command=_python(
            *("-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "warning"),
            *("--host", config.host, "--port", str(config.port)),
            *("--workers", str(config.console_workers), "--blocking-threads", threads),
            # An idle thread keeps its database connection instead of building a new one.
            *("--blocking-threads-idle-timeout", "600"),
            *("--respawn-failed-workers", "console.wsgi:application"),
        ),
        environ=base,
        note=f"listening on {config.host}:{config.port}",
        ready=probes.answers(config.local_host, config.port),
    )


def _worker(
    config: Config, base: Mapping[str, str], *, name: str, queues: str, size: int
) -> Program:
    ready_file = config.run_dir / f"{name}.ready"
    return Program(
        name=name,
        command=_python(
            *("-m", "celery", "--quiet", "--app", "console.celery", "worker", "--pool", "prefork"),
            *("--queues", queues, "--concurrency", str(size), "--hostname", f"{name}@%h"),
            *("--loglevel", CELERY_LEVELS.get(config.log_level, config.log_level)),
            # Chatter between workers that nothing here uses.
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            *("--include", "core.launcher.announce"),
        ),
        environ={
            **base,
            probes.READY_FILE: str(ready_file),
            # Root in a container is usual; workers load no pickles.
            "PYTHONWARNINGS": "ignore:You're running the worker",
        },
        note=f"working on {queues.replace(',', ', ')}",
        noise=WORKER_NOISE,
        ready=probes.wrote(ready_file),
    )


def _beat(config: Config, base: Mapping[str, str]) -> Program:
    schedule = config.var / "beat"
    return Program(
        name="beat",
        command=_python(
            *("-m", "celery", "--quiet", "--app", "console.celery", "beat"),
            *("--loglevel", CELERY_LEVELS.get(config.log_level, config.log_level)),
            *("--schedule", str(schedule), "--pidfile", ""),
        ),
        environ=base,
        note="sending schedules",
    )
