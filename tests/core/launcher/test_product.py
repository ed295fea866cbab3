"""The whole product as `make up` starts it, with ports and state of its own."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from core.config import ROOT
from core.launcher import probes, processes
from core.launcher.testing import Product, start_product


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with start_product(tmp_path_factory.mktemp("product") / "var") as started:
        yield started


def _eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def _ready(product: Product) -> bool:
    ports = (product.config.port, product.config.collector_port)
    return all(probes.ask("127.0.0.1", port, "/readyz")[0] == 200 for port in ports)


def test_both_servers_are_ready_when_it_says_so(product: Product) -> None:
    assert _ready(product)


def test_tells_where_to_sign_in_but_never_the_password(product: Product) -> None:
    shown = product.log.read_text(encoding="utf-8")
    assert f"Sign in as         admin, password in {product.config.secrets_dir}" in shown
    assert product.config.secret("admin_password") not in shown
    assert product.config.secret("api_client_secret") not in shown


def test_its_client_settings_open_the_api(product: Product) -> None:
    client = product.client_environ()
    assert list(client) == [
        "PLATFORM_GATEWAY",
        "COLLECTOR_URL",
        "IMS_HOST",
        "IMS_ORG",
        "API_KEY",
        "CLIENT_SECRET",
        "SANDBOX_NAME",
        "TENANT_ID",
        "ACCESS_TOKEN",
        "CONSOLE_URL",
        "CONSOLE_USER",
        "CONSOLE_PASSWORD",
    ]
    answer = httpx.get(
        f"{client['PLATFORM_GATEWAY']}/data/foundation/schemaregistry/stats",
        headers={
            "Authorization": f"Bearer {client['ACCESS_TOKEN']}",
            "x-api-key": client["API_KEY"],
            "x-gw-ims-org-id": client["IMS_ORG"],
            "x-sandbox-name": client["SANDBOX_NAME"],
        },
    )
    assert answer.json()["tenantId"] == client["TENANT_ID"]


def test_make_env_prints_lines_a_shell_reads(product: Product) -> None:
    shown = subprocess.run(
        [
            "sh",
            "-c",
            'eval "$("$0" -m core.launcher env)" && echo "$IMS_ORG $IMS_HOST"',
            sys.executable,
        ],
        cwd=ROOT,
        env=product.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == f"{product.config.org_id} 127.0.0.1:{product.config.port}\n"


def test_a_second_start_on_the_same_state_is_refused(product: Product) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "core.launcher", "up"],
        cwd=ROOT,
        env=product.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "Onefold already runs with its state in" in second.stderr


@pytest.mark.parametrize("name", ["console", "collector", "postgres", "broker"])
def test_comes_back_when_a_process_is_killed(product: Product, name: str) -> None:
    victims = product.kill(name)
    assert victims
    _eventually(lambda: product.pid(name) not in {None, victims[0]}, f"{name} never came back")
    _eventually(lambda: _ready(product), f"not ready after {name} was killed")


def test_survives_a_killed_supervisor_and_stops_cleanly(product: Product) -> None:
    left = [pid for name in ("postgres", "console", "tasks") if (pid := product.pid(name))]
    assert len(left) == 3
    product.supervisor.kill()
    product.supervisor.wait()
    with start_product(product.config.var, environ=product.environ) as second:
        assert "Cleared away what a killed start left" in second.log.read_text("utf-8")
        assert _ready(second)
        assert not any(_running(pid) for pid in left)

        family = processes.list_descendants(second.supervisor.pid)
        second.supervisor.send_signal(signal.SIGINT)
        assert second.supervisor.wait(60) == 0
        assert not any(_running(pid) for pid in family)
        assert "✓ postgres   stopped" in second.log.read_text("utf-8")


def _running(pid: int) -> bool:
    stat = processes.read_stat(pid)
    return stat is not None and stat.state != "Z"
