"""One process between the servers and the product: tables, first objects, static files."""

import hashlib
import io
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from core.config import ROOT

WAIT_SECONDS = 60.0
FLOOR = 150000


def main() -> None:
    """Bring database and static files to what this version needs; quick when they are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    version = wait_for_database()
    if version < FLOOR:
        sys.exit(f"The database is PostgreSQL {version // 10000}; 15 is the oldest supported.")
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    call_command("seed", verbosity=0, stdout=io.StringIO())
    collect_static(settings.STATIC_ROOT)


def wait_for_database() -> int:
    """Server version, as soon as the database answers; an external one may start with us."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection = connections["default"]
            connection.ensure_connection()
            return int(connection.connection.info.server_version)
        except (psycopg.OperationalError, django.db.OperationalError) as error:
            if time.monotonic() > deadline:
                sys.exit(f"The database does not answer: {error}\nIs DATABASE_URL right?")
            time.sleep(0.5)


def collect_static(target: Path) -> None:
    """Collect and compress static files if any of them changed since the last time."""
    mark = target.with_name("static.stamp")
    current = fingerprint()
    if target.exists() and mark.exists() and mark.read_text(encoding="ascii") == current:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    mark.write_text(current, encoding="ascii")


def fingerprint() -> str:
    """Changes when a static file or an installed package does."""
    digest = hashlib.blake2b((ROOT / "requirements.lock").read_bytes(), digest_size=16)
    for path in _files(ROOT / "console" / "static"):
        stat = path.stat()
        digest.update(f"{path}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


if __name__ == "__main__":
    main()
