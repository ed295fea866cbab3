"""Settings: environment variables only, one table, checked before anything starts.

`SETTINGS` is the single source of names, defaults and help; `docs/configuration.md` is made from
it (`python -m core.launcher settings`).
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from core.secrets import read_secret

ROOT = Path(__file__).resolve().parent.parent
LOG_LEVELS = ("debug", "info", "warning", "error")
# A Unix socket path holds 107 bytes; the longest name we put into the folder has 20.
LONGEST_RUN_DIR = 85
# Variables of test runs and benchmarks, not of the product.
TOOL_PREFIXES = ("ONEFOLD_TEST_", "ONEFOLD_BENCH_", "ONEFOLD_CRASH_")

Area = Literal["network", "storage", "identity", "processes", "limits", "logging"]


class ConfigError(Exception):
    """One or more settings are wrong; the text names each with a hint."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: `parse` raises ValueError whose text is the hint."""

    name: str
    field: str
    area: Area
    default: str
    parse: Callable[[str], Any]
    help: str


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("give a value or leave the variable unset")
    return value.strip()


def _optional_text(value: str) -> str | None:
    return value.strip() or None


def _port(value: str) -> int:
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        raise ValueError("give a port between 1 and 65535")
    return int(value)


def _count(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isdigit() or not least <= int(value) <= most:
            raise ValueError(f"give a whole number from {least} to {most}")
        return int(value)

    return parse


def _percent(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,4})?", value) or float(value) > 100:
        raise ValueError("give a percentage from 0 to 100, such as 0.5")
    return float(value)


def _flag(value: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if value.lower() not in words:
        raise ValueError("give true or false")
    return words[value.lower()]


def _path(value: str) -> Path:
    return (ROOT / Path(_text(value)).expanduser()).resolve()


def _optional_path(value: str) -> Path | None:
    return _path(value) if value.strip() else None


def _log_level(value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise ValueError(f"give one of {', '.join(LOG_LEVELS)}")
    return value.lower()


def _url(*schemes: str) -> Callable[[str], str | None]:
    def parse(value: str) -> str | None:
        if not value.strip():
            return None
        if urlsplit(value.strip()).scheme not in schemes:
            raise ValueError(f"start the address with {' or '.join(s + '://' for s in schemes)}")
        return value.strip().rstrip("/")

    return parse


def _names(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _org_id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]+@[A-Za-z]+", value):
        raise ValueError("give an organization id such as 0A1B2C3D4E5F@AdobeOrg")
    return value


def _tenant_id(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]{0,30}", value):
        raise ValueError(
            "give lower-case letters and digits without the leading underscore, such as acmeco"
        )
    return value


def _memory(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]*(kB|MB|GB)", value):
        raise ValueError("give an amount with its unit, such as 128MB or 2GB")
    return value


_DATABASE = _url("postgresql", "postgres")
_BROKER = _url("redis", "rediss", "redis+socket", "valkey", "amqp", "amqps")
_WEB = _url("http", "https")

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "ONEFOLD_HOST",
        "host",
        "network",
        "127.0.0.1",
        _text,
        "Address both servers listen on; `0.0.0.0` for every interface.",
    ),
    Setting("ONEFOLD_PORT", "port", "network", "8000", _port, "Port of the console and the APIs."),
    Setting(
        "ONEFOLD_COLLECTOR_PORT",
        "collector_port",
        "network",
        "8001",
        _port,
        "Port of the collector (streaming ingestion).",
    ),
    Setting(
        "ONEFOLD_PUBLIC_URL",
        "public_url_setting",
        "network",
        "",
        _WEB,
        "Address people and programs reach the console at; unset: `http://127.0.0.1:<port>`.",
    ),
    Setting(
        "ONEFOLD_COLLECTOR_PUBLIC_URL",
        "collector_public_url_setting",
        "network",
        "",
        _WEB,
        "Address senders reach the collector at; unset: `http://127.0.0.1:<collector port>`.",
    ),
    Setting(
        "ONEFOLD_ALLOWED_HOSTS",
        "extra_hosts",
        "network",
        "",
        _names,
        "Further host names the console answers to, separated by commas. Loopback names and the"
        " host of the public address always work.",
    ),
    Setting(
        "ONEFOLD_VAR",
        "var",
        "storage",
        "var",
        _path,
        "Folder of all state; relative paths start at the project. Removing it is a factory reset.",
    ),
    Setting(
        "DATABASE_URL",
        "external_database_url",
        "storage",
        "",
        _DATABASE,
        "PostgreSQL 15 or later to use, `postgresql://user:password@host:5432/name`; unset: the"
        " embedded one.",
    ),
    Setting(
        "BROKER_URL",
        "external_broker_url",
        "storage",
        "",
        _BROKER,
        "Valkey, Redis or RabbitMQ to use, `redis://host:6379/0` or `amqp://...`; unset: the"
        " embedded Valkey.",
    ),
    Setting(
        "ONEFOLD_IMPORTS",
        "imports_setting",
        "storage",
        "",
        _optional_path,
        "Folder of files that the external audience API may read, those of a sandbox in a folder of"
        " its name; unset: `imports` in the folder of all state.",
    ),
    Setting(
        "ONEFOLD_POSTGRES_BIN",
        "postgres_bin",
        "storage",
        "",
        _optional_path,
        "Folder of the PostgreSQL programs the embedded server uses; unset: the installed wheel,"
        " then the system's newest.",
    ),
    Setting(
        "ONEFOLD_POSTGRES_BUFFERS",
        "postgres_buffers",
        "storage",
        "128MB",
        _memory,
        "`shared_buffers` of the embedded Postgres.",
    ),
    Setting(
        "ONEFOLD_ORG_ID",
        "org_id",
        "identity",
        "0A1B2C3D4E5F@AdobeOrg",
        _org_id,
        "Organization id that API clients send as `x-gw-ims-org-id`. Read at first start.",
    ),
    Setting(
        "ONEFOLD_TENANT_ID",
        "tenant_id",
        "identity",
        "acmeco",
        _tenant_id,
        "Tenant id: custom fields live under `_<tenant id>`. Read at first start.",
    ),
    Setting(
        "ONEFOLD_ADMIN_USER",
        "admin_user",
        "identity",
        "admin",
        _text,
        "Name of the first console user; its password is generated. Read at first start.",
    ),
    Setting(
        "ONEFOLD_API_KEY",
        "api_key",
        "identity",
        "onefold",
        _text,
        "Client id (`x-api-key`) of the first API credential; its secret is generated. Read at"
        " first start.",
    ),
    Setting(
        "ONEFOLD_COLLECTORS",
        "collectors",
        "processes",
        "1",
        _count(1, 64),
        "Collector processes sharing the collector port.",
    ),
    Setting(
        "ONEFOLD_CONSOLE_WORKERS",
        "console_workers",
        "processes",
        "1",
        _count(1, 64),
        "Console and API processes sharing the console port.",
    ),
    Setting(
        "ONEFOLD_CONSOLE_THREADS",
        "console_threads",
        "processes",
        "4",
        _count(1, 64),
        "Threads in each console process: requests it works on at once.",
    ),
    Setting(
        "ONEFOLD_PROFILE_WORKERS",
        "profile_workers",
        "processes",
        "1",
        _count(1, 64),
        "Processes that turn journal records into profiles; one stream uses one at a time.",
    ),
    Setting(
        "ONEFOLD_TASK_WORKERS",
        "task_workers",
        "processes",
        "1",
        _count(1, 64),
        "Processes for the remaining background tasks.",
    ),
    Setting(
        "ONEFOLD_INLET_RATE_LIMIT",
        "inlet_rate_limit",
        "limits",
        "0",
        _count(0, 10_000_000),
        "Messages a second each inlet takes in one collector process before 429, unless the inlet"
        " says otherwise; 0: no limit.",
    ),
    Setting(
        "ONEFOLD_STREAMING_LOOKBACK_HOURS",
        "streaming_lookback_hours",
        "limits",
        "24",
        _count(1, 720),
        "How far back the rule of a streaming audience may look; 24 is what AEP allows. Longer ones"
        " cost more a record: all events of that time are read.",
    ),
    Setting(
        "ONEFOLD_FAILURE_ALERT",
        "failure_alert_percent",
        "limits",
        "0.5",
        _percent,
        "Percentage of a sandbox's records that may fail within 15 minutes before those who watch"
        " it are notified; 100: never.",
    ),
    Setting(
        "ONEFOLD_LOG_LEVEL",
        "log_level",
        "logging",
        "info",
        _log_level,
        "Least severe messages shown: `debug`, `info`, `warning` or `error`.",
    ),
    Setting(
        "ONEFOLD_DEBUG",
        "debug",
        "logging",
        "false",
        _flag,
        "Django's debug pages and uncached templates; never on a machine others can reach.",
    ),
)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, parsed. Build it with `load`."""

    host: str
    port: int
    collector_port: int
    public_url_setting: str | None
    collector_public_url_setting: str | None
    extra_hosts: tuple[str, ...]
    var: Path
    external_database_url: str | None
    external_broker_url: str | None
    imports_setting: Path | None
    postgres_bin: Path | None
    postgres_buffers: str
    org_id: str
    tenant_id: str
    admin_user: str
    api_key: str
    collectors: int
    console_workers: int
    console_threads: int
    profile_workers: int
    task_workers: int
    inlet_rate_limit: int
    streaming_lookback_hours: int
    failure_alert_percent: float
    log_level: str
    debug: bool

    @property
    def public_url(self) -> str:
        """Address of the console and APIs as others see it, without a trailing slash."""
        return self.public_url_setting or f"http://{self.local_host}:{self.port}"

    @property
    def collector_public_url(self) -> str:
        """Address of the collector as senders see it, without a trailing slash."""
        default = f"http://{self.local_host}:{self.collector_port}"
        return self.collector_public_url_setting or default

    @property
    def local_host(self) -> str:
        """A host name under which this machine reaches its own servers."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared
        return f"[{host}]" if ":" in host else host

    @property
    def allowed_hosts(self) -> list[str]:
        """Host names the console answers to."""
        public = urlsplit(self.public_url).hostname or "localhost"
        own = ["localhost", "127.0.0.1", "[::1]", self.local_host, public]
        return list(dict.fromkeys([*own, *self.extra_hosts]))

    @property
    def imports(self) -> Path:
        """Folder of files that APIs may read, by sandbox."""
        return self.imports_setting or self.var / "imports"

    @property
    def secrets_dir(self) -> Path:
        """Folder of the generated secrets."""
        return self.var / "secrets"

    @property
    def run_dir(self) -> Path:
        """Folder of sockets and process files, short enough for a Unix socket path."""
        return run_folder(self.var)

    def secret(self, name: str) -> str:
        """A generated secret by name (see `core.secrets.GENERATORS`)."""
        return read_secret(self.secrets_dir, name)


def run_folder(var: Path) -> Path:
    """Folder for the sockets of the state folder `var`."""
    folder = var / "run"
    if len(os.fsencode(folder)) <= LONGEST_RUN_DIR:
        return folder
    mark = f"{hash_text(str(var)):016x}"
    return Path("/tmp") / f"onefold-{os.getuid()}-{mark}"  # noqa: S108 - 0700 and owner-checked


def hash_text(text: str) -> int:
    """Stable 64-bit FNV-1a hash; Python's own differs in every process."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Settings of this process; raises ConfigError naming every wrong one."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    problems: list[str] = []
    for setting in SETTINGS:
        raw = environ.get(setting.name, setting.default)
        try:
            values[setting.field] = setting.parse(raw)
        except ValueError as error:
            problems.append(f"{setting.name} is {raw!r}: {error}.")
    problems += _unknown(environ)
    if not problems and values["port"] == values["collector_port"]:
        problems.append(
            f"ONEFOLD_PORT and ONEFOLD_COLLECTOR_PORT are both {values['port']}: give two ports."
        )
    if problems:
        raise ConfigError("\n".join(problems))
    return Config(**values)


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """A misspelt variable would be ignored in silence: name it instead."""
    known = {setting.name for setting in SETTINGS}
    strangers = [n for n in environ if n.startswith("ONEFOLD_") and n not in known]
    return [
        f"{name} is no setting: see docs/configuration.md."
        for name in sorted(strangers)
        if not name.startswith(TOOL_PREFIXES)
    ]


def database_url(config: Config) -> str:
    """The external database, or the embedded one's socket."""
    if config.external_database_url:
        return config.external_database_url
    password = quote(config.secret("postgres_password"), safe="")
    socket = quote(str(config.run_dir), safe="")
    return f"postgresql://onefold:{password}@/onefold?host={socket}&port=5432"


def broker_url(config: Config) -> str:
    """The external broker, or the embedded one's socket."""
    if config.external_broker_url:
        return config.external_broker_url
    return f"redis+socket://{config.run_dir}/broker.sock"


# Planning costs more than running what finds a few rows by their keys, so prepared statements are
# planned once. Tables grow from nothing to millions of rows meanwhile: without sequential scans
# the plan made for an empty table is the one for a full one. `core.sql.scan` is the exception.
PLAN_OPTIONS = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"


def django_database(config: Config) -> dict[str, Any]:
    """Django's DATABASES entry for the database of `config`."""
    parts = urlsplit(database_url(config))
    options = dict(parse_qsl(parts.query))
    options.setdefault("options", PLAN_OPTIONS)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(options.pop("port", None) or parts.port or ""),
        "CONN_MAX_AGE": 60,
        # A restarted server must cost one reconnect, not one failed request per thread.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


# A field without a setting, or the other way round, would surface only at start.
if {f.name for f in fields(Config)} != {s.field for s in SETTINGS}:  # pragma: no cover
    raise AssertionError("core.config: SETTINGS and Config differ")
