from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.secrets import GENERATORS, ensure_all, read_secret


def test_makes_a_secret_once_and_keeps_it(tmp_path: Path) -> None:
    first = read_secret(tmp_path / "secrets", "admin_password")
    assert len(first) >= 20
    assert read_secret(tmp_path / "secrets", "admin_password") == first


def test_only_the_owner_can_read_a_secret(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    ensure_all(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in folder.iterdir()} == set(GENERATORS)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_processes_that_start_together_agree_on_a_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(lambda _: read_secret(tmp_path, "token_signing_key"), range(8)))
    assert len(set(values)) == 1


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    name = "api_client_secret"
    assert read_secret(tmp_path / "a", name) != read_secret(tmp_path / "b", name)
