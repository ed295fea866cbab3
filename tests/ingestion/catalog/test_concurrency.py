"""Writers that meet: versions guard changes, and names stay apart."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from core.access.types import SYSTEM
from core.errors import AppError, PreconditionFailed
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import create_dataset, patch_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import input_of
from ingestion.catalog.types import DatasetInput
from tests.factories.catalog import make_dataset
from tests.factories.core import seed_installation
from tests.factories.registry import make_schema

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prod(transactional_db: None) -> Sandbox:
    return seed_installation()


def at_once(works: list[Any]) -> list[Any]:
    """Run all works at the same moment, each on a connection of its own."""
    barrier = Barrier(len(works))

    def run(work: Any) -> Any:
        barrier.wait(10)
        try:
            return work()
        except AppError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_two_changes_of_one_version_exactly_one_wins(prod: Sandbox) -> None:
    dataset = make_dataset(prod)

    def change(text: str) -> Dataset:
        return patch_dataset(
            actor=SYSTEM,
            sandbox=prod,
            dataset_id=dataset.id,
            edit=lambda stored: DatasetInput(
                name=stored.name, schema_uri=stored.schema_uri, description=text
            ),
            if_match="1.0.0",
        )

    outcomes = at_once([lambda: change("a"), lambda: change("b")])
    refused = [one for one in outcomes if isinstance(one, PreconditionFailed)]
    (kept,) = [one for one in outcomes if isinstance(one, Dataset)]
    assert len(refused) == 1
    dataset.refresh_from_db()
    assert (dataset.patch_version, dataset.description) == (1, kept.description)


def test_changes_without_a_version_are_all_kept(prod: Sandbox) -> None:
    dataset = make_dataset(prod)

    def add(tag: str) -> Dataset:
        def edit(stored: Dataset) -> DatasetInput:
            given = input_of(stored)
            return DatasetInput(
                name=given.name, schema_uri=given.schema_uri, tags={**given.tags, tag: ["x"]}
            )

        return patch_dataset(actor=SYSTEM, sandbox=prod, dataset_id=dataset.id, edit=edit)

    at_once([lambda tag=tag: add(tag) for tag in ("a", "b", "c", "d")])
    dataset.refresh_from_db()
    assert {"a", "b", "c", "d"} <= set(dataset.tags)
    assert dataset.patch_version == 4


def test_two_creations_of_one_name_get_two_tables_and_two_numbers(prod: Sandbox) -> None:
    uri = make_schema(prod)
    given = DatasetInput(name="Same", schema_uri=uri)
    made = at_once([lambda: create_dataset(actor=SYSTEM, sandbox=prod, given=given)] * 4)
    tables = {one.tags["adobe/pqs/table"][0] for one in made}
    assert tables == {"same", "same_1", "same_2", "same_3"}
    assert len({one.number for one in made}) == 4
