"""A whole product to measure: started as `make up` does, its world made through its public APIs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.world import World, create_world
from console.demo.client import Client
from core.launcher.testing import Product, start_product

STREAM = 1


@dataclass(frozen=True, slots=True)
class Subject:
    """The product under measurement, with a client and a look into its database."""

    product: Product
    client: Client
    world: World

    def connect(self) -> psycopg.Connection[Any]:
        """A connection that only looks: position, counts, sizes."""
        return psycopg.connect(self.product.database_url, autocommit=True)


def client_of(product: Product) -> Client:
    """A client as any program would configure one from `make env`."""
    environ = product.client_environ()
    return Client(
        gateway=environ["PLATFORM_GATEWAY"],
        collector=environ["COLLECTOR_URL"],
        headers={
            "Authorization": f"Bearer {environ['ACCESS_TOKEN']}",
            "x-api-key": environ["API_KEY"],
            "x-gw-ims-org-id": environ["IMS_ORG"],
            "x-sandbox-name": environ["SANDBOX_NAME"],
        },
    )


@contextmanager
def start_subject(folder: Path) -> Iterator[Subject]:
    """Start a product with its state in `folder` and make the world in it."""
    with start_product(folder, seconds=180) as product:
        client = client_of(product)
        world = create_world(client, tenant=product.config.tenant_id)
        yield Subject(product, client, world)


def read_lag(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """Numbers of the newest stored record and of the last merged one."""
    row = connection.execute(
        "SELECT coalesce((SELECT next_seq - 1 FROM journal_head WHERE stream = %(stream)s), 0),"
        " coalesce((SELECT seq FROM journal_position"
        " WHERE stream = %(stream)s AND reader = 'profile'), 0)",
        {"stream": STREAM},
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def wait_until_merged(connection: psycopg.Connection[Any], *, seconds: float = 120) -> float:
    """Wait for lag zero; answers how long it took. Raises TimeoutError."""
    began = time.monotonic()
    while True:
        stored, merged = read_lag(connection)
        if stored == merged:
            return time.monotonic() - began
        if time.monotonic() - began > seconds:
            msg = f"{stored - merged} records still wait after {seconds:.0f} s."
            raise TimeoutError(msg)
        time.sleep(0.02)
