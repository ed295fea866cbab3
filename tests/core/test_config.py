from pathlib import Path

import pytest

from core.config import (
    LONGEST_RUN_DIR,
    PLAN_OPTIONS,
    ROOT,
    ConfigError,
    broker_url,
    database_url,
    django_database,
    load,
)
from core.launcher import reference


def test_works_without_any_variable() -> None:
    config = load({})
    assert (config.host, config.port, config.collector_port) == ("127.0.0.1", 8000, 8001)
    assert config.var == ROOT / "var"
    assert config.public_url == "http://127.0.0.1:8000"
    assert config.collector_public_url == "http://127.0.0.1:8001"


def test_names_every_wrong_setting_with_a_hint() -> None:
    with pytest.raises(ConfigError) as caught:
        load({"ONEFOLD_PORT": "eighty", "ONEFOLD_LOG_LEVEL": "loud", "DATABASE_URL": "mysql://x"})
    lines = str(caught.value).splitlines()
    assert lines == [
        "ONEFOLD_PORT is 'eighty': give a port between 1 and 65535.",
        "DATABASE_URL is 'mysql://x': start the address with postgresql:// or postgres://.",
        "ONEFOLD_LOG_LEVEL is 'loud': give one of debug, info, warning, error.",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONEFOLD_HOST", " "),
        ("ONEFOLD_PORT", "0"),
        ("ONEFOLD_PORT", "65536"),
        ("ONEFOLD_COLLECTORS", "0"),
        ("ONEFOLD_CONSOLE_THREADS", "-1"),
        ("ONEFOLD_DEBUG", "perhaps"),
        ("ONEFOLD_ORG_ID", "acme"),
        ("ONEFOLD_TENANT_ID", "_acmeco"),
        ("ONEFOLD_POSTGRES_BUFFERS", "128"),
        ("ONEFOLD_PUBLIC_URL", "onefold.example.com"),
        ("BROKER_URL", "localhost:6379"),
    ],
)
def test_refuses_a_bad_value(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load({name: value})


def test_refuses_a_misspelt_name() -> None:
    with pytest.raises(ConfigError, match="ONEFOLD_PROT is no setting"):
        load({"ONEFOLD_PROT": "9000"})


def test_leaves_the_variables_of_tests_and_benchmarks_alone() -> None:
    assert load({"ONEFOLD_TEST_DB": "test_x", "ONEFOLD_BENCH_SIZE": "10"}).port == 8000


def test_refuses_one_port_for_two_servers() -> None:
    with pytest.raises(ConfigError, match="give two ports"):
        load({"ONEFOLD_PORT": "9000", "ONEFOLD_COLLECTOR_PORT": "9000"})


def test_answers_to_the_host_of_the_public_address_and_to_extra_names() -> None:
    config = load(
        {
            "ONEFOLD_PUBLIC_URL": "https://cdp.example.com/",
            "ONEFOLD_ALLOWED_HOSTS": "a.test, b.test",
        }
    )
    assert config.public_url == "https://cdp.example.com"
    assert {"cdp.example.com", "a.test", "b.test", "127.0.0.1"} <= set(config.allowed_hosts)


@pytest.mark.parametrize(
    ("host", "local"),
    [("::", "127.0.0.1"), ("::1", "[::1]"), ("10.0.0.5", "10.0.0.5")],
)
def test_reaches_its_own_servers_whatever_they_listen_on(host: str, local: str) -> None:
    assert load({"ONEFOLD_HOST": host}).local_host == local


def test_uses_the_embedded_servers_unless_others_are_set(tmp_path: Path) -> None:
    config = load({"ONEFOLD_VAR": str(tmp_path)})
    database = django_database(config)
    assert database["HOST"] == str(config.run_dir)
    assert database["PASSWORD"] == config.secret("postgres_password")
    assert broker_url(config) == f"redis+socket://{config.run_dir}/broker.sock"


def test_reads_every_part_of_an_external_database_address() -> None:
    url = "postgresql://ann:p%40ss@db.example.com:6432/customers?sslmode=require"
    database = django_database(load({"DATABASE_URL": url}))
    wanted = {
        "NAME": "customers",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require", "options": PLAN_OPTIONS},
    }
    assert {name: database[name] for name in wanted} == wanted


def test_passes_the_embedded_address_on_as_an_external_one(tmp_path: Path) -> None:
    config = load({"ONEFOLD_VAR": str(tmp_path)})
    child = load({"DATABASE_URL": database_url(config)})
    assert django_database(child) == django_database(config)


def test_keeps_socket_paths_short_in_a_deep_folder(tmp_path: Path) -> None:
    deep = load({"ONEFOLD_VAR": str(tmp_path / ("deep" * 40))})
    assert len(str(deep.run_dir)) <= LONGEST_RUN_DIR
    assert deep.run_dir != load({"ONEFOLD_VAR": str(tmp_path / ("deep" * 41))}).run_dir


def test_the_settings_page_is_the_table() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == reference.render(), (
        "run: python -m core.launcher settings > docs/configuration.md"
    )
