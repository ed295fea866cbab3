"""The embedded servers for real: made, killed, stopped, in a folder of their own."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis

from core.launcher import binaries, instance, postgres, privileges, processes, standalone
from core.launcher.errors import LaunchError
from core.launcher.testing import Servers, ensure_servers


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    started = ensure_servers(folder, durable=True)
    yield started
    started.stop()


def _pid(servers: Servers, name: str) -> int:
    pid = standalone.running_pid(servers.postgres.run / f"{name}.pid")
    assert pid is not None
    return pid


def _start_again(servers: Servers) -> None:
    ensure_servers(servers.postgres.home.parent, durable=True)


def _setting(servers: Servers, name: str) -> str:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_acknowledges_nothing_before_the_disk_has_it(servers: Servers) -> None:
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        assert _setting(servers, name) == "on"


def test_is_reached_by_its_private_socket_only(servers: Servers) -> None:
    assert _setting(servers, "listen_addresses") == ""
    assert servers.postgres.run.stat().st_mode & 0o777 == 0o700


def test_asks_for_the_password_even_on_the_socket(servers: Servers) -> None:
    wrong = servers.database_url.replace("onefold-test@", "guess@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_joins_running_servers_instead_of_starting_others(servers: Servers) -> None:
    before = _pid(servers, "postgres")
    _start_again(servers)
    assert _pid(servers, "postgres") == before


def test_committed_rows_outlive_a_killed_postgres(servers: Servers) -> None:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        pid = _pid(servers, "postgres")
        processes.send([pid], signal.SIGKILL)
        os.waitpid(pid, 0)
        # The backend of this connection is still leaving: the start has to be patient.
        _start_again(servers)
    with psycopg.connect(servers.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_stale_process_file_does_not_pass_for_a_ready_server(servers: Servers) -> None:
    pid = _pid(servers, "postgres")
    assert postgres.is_ready(servers.postgres, pid)
    assert not postgres.is_ready(servers.postgres, pid + 1)


def test_queued_messages_outlive_a_stopped_broker(servers: Servers) -> None:
    client = redis.Redis(unix_socket_path=str(servers.broker.socket))
    client.rpush("queue", "message")
    client.close()
    pid = _pid(servers, "broker")
    processes.send([pid], signal.SIGTERM)
    os.waitpid(pid, 0)
    _start_again(servers)
    client = redis.Redis(unix_socket_path=str(servers.broker.socket))
    assert client.lrange("queue", 0, -1) == [b"message"]
    client.close()


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    made = ensure_servers(tmp_path)
    try:
        assert not half.exists()
        assert (made.postgres.data / "PG_VERSION").exists()
    finally:
        made.stop()


def test_stopping_leaves_nothing_running(tmp_path: Path) -> None:
    started = ensure_servers(tmp_path)
    pids = [_pid(started, "postgres"), _pid(started, "broker")]
    started.stop()
    assert [pid for pid in pids if (s := processes.read_stat(pid)) and s.state != "Z"] == []
    assert instance.clear_survivors(started.postgres.run) == []


def test_names_the_folder_that_lacks_the_programs(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="lacks postgres or initdb"):
        binaries.find_postgres(tmp_path)


# As an ordinary user there is one way, its own; root can go as somebody else in two.
WAYS = {
    "as we are": privileges.find_disguise,
    **({"as nobody": privileges.as_nobody} if os.geteuid() == 0 else {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_postgres_never_runs_with_the_rights_of_root(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_servers(tmp_path).stop()
    disguise = WAYS[way]()
    monkeypatch.setattr(privileges, "find_disguise", lambda: disguise)
    # Files made in one way are handed over when the next start has to go another.
    started = ensure_servers(tmp_path)
    try:
        assert started.postgres.data.stat().st_uid == disguise.owner
        status = Path(f"/proc/{_pid(started, 'postgres')}/status").read_text(encoding="utf-8")
        assert "CapEff:\t000001ffffffffff" not in status
        assert _setting(started, "server_encoding") == "UTF8"
    finally:
        started.stop()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run = tmp_path / "run"
    run.symlink_to(elsewhere)
    server = replace(
        postgres.Postgres(home=tmp_path / "postgres", run=run, password="x"), durable=False
    )
    with pytest.raises(LaunchError, match="belongs to somebody else"):
        postgres.prepare(server)
