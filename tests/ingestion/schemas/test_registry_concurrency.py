"""Writers of one registry, on connections of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from core.access.permissions import EVERYTHING
from core.access.types import Actor
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.schemas import actions, queries
from ingestion.schemas.types import TitleTaken
from tests.factories.core import seed_installation

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = Actor(kind="client", id="TEST@techacct.adobe.com", name="Test client", grants=(EVERYTHING,))
PROFILE = "https://ns.adobe.com/xdm/context/profile"


@pytest.fixture
def installation(transactional_db: None) -> Sandbox:
    return seed_installation()


def schema_body(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "type": "object", "allOf": [{"$ref": PROFILE}], **more}


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls at the same time; answers results and refusals."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except AppError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_concurrent_patches_lose_no_update(installation: Sandbox) -> None:
    schema = actions.create_resource(
        schema_body("Member", tags=[]), kind="schemas", sandbox=installation, actor=ACTOR
    )

    def patch(index: int) -> Callable[[], Any]:
        operation = {"op": "add", "path": "/tags/-", "value": index}
        return lambda: actions.patch_resource(
            [operation],
            kind="schemas",
            identifier=schema["$id"],
            sandbox=installation,
            actor=ACTOR,
        )

    together(*(patch(index) for index in range(6)))
    stored = queries.find_resource(installation, schema["$id"])
    assert stored is not None
    assert sorted(stored["tags"]) == [0, 1, 2, 3, 4, 5]
    assert stored["version"] == "1.6"
    assert len(queries.list_revisions(installation, schema["$id"])) == 7


def test_of_two_resources_with_one_title_one_is_stored(installation: Sandbox) -> None:
    results = together(
        *(
            lambda: actions.create_resource(
                schema_body("Member"), kind="schemas", sandbox=installation, actor=ACTOR
            )
            for _ in range(4)
        )
    )
    refusals = [result for result in results if isinstance(result, AppError)]
    assert len(refusals) == 3
    assert all(isinstance(refusal, TitleTaken) for refusal in refusals)


def test_every_write_has_a_moment_of_its_own(installation: Sandbox) -> None:
    results = together(
        *(
            lambda title=title: actions.create_resource(
                schema_body(title), kind="schemas", sandbox=installation, actor=ACTOR
            )
            for title in ("a", "b", "c", "d")
        )
    )
    moments = {r["meta:registryMetadata"]["repo:lastModifiedDate"] for r in results}
    assert len(moments) == 4
