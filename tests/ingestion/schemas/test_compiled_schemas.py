"""From the stored registry to the validator of the pipeline."""

from typing import Any

import pytest

from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.schemas import actions, cache, descriptor_actions, queries
from ingestion.schemas.types import ResourceNotFound
from ingestion.xdm.union import MergeConflict

pytestmark = pytest.mark.django_db
NS = "https://ns.adobe.com/"
PROFILE = f"{NS}xdm/context/profile"


@pytest.fixture
def schema(sandbox: Sandbox, actor: Actor) -> dict[str, Any]:
    tenant = f"_{sandbox.organization.tenant_id}"
    fields = {"loyaltyID": {"type": "string"}, "points": {"type": "integer"}}
    own = {"properties": {tenant: {"type": "object", "properties": fields}}}
    body = {
        "title": "Member",
        "definitions": {"own": own},
        "allOf": [{"$ref": PROFILE}, {"$ref": "#/definitions/own"}],
    }
    return actions.create_resource(body, kind="schemas", sandbox=sandbox, actor=actor)


def make_identity(schema: dict[str, Any], sandbox: Sandbox, actor: Actor, **more: Any) -> None:
    tenant = f"_{sandbox.organization.tenant_id}"
    body = {
        "@type": "xdm:descriptorIdentity",
        "xdm:sourceSchema": schema["$id"],
        "xdm:sourceProperty": f"/{tenant}/loyaltyID",
        "xdm:namespace": "email",
        "xdm:isPrimary": True,
        **more,
    }
    descriptor_actions.create_descriptor(body, sandbox=sandbox, actor=actor)


def test_a_compiled_schema_is_kept_until_something_changes(
    schema: dict[str, Any], sandbox: Sandbox, actor: Actor, django_assert_num_queries: Any
) -> None:
    first = queries.compiled_schema(sandbox.number, schema["$id"])
    with django_assert_num_queries(0):
        assert queries.compiled_schema(sandbox.number, schema["$id"]) is first
    make_identity(schema, sandbox, actor)
    second = queries.compiled_schema(sandbox.number, schema["$id"])
    assert second is not first
    assert first.primary_path is None
    tenant = f"_{sandbox.organization.tenant_id}"
    assert second.primary_path == (tenant, "loyaltyID")
    assert not second.is_valid({"_id": "m"})


def test_identity_fields_name_the_namespace_by_its_own_code(
    schema: dict[str, Any], sandbox: Sandbox, actor: Actor
) -> None:
    make_identity(schema, sandbox, actor)
    (field,) = queries.compiled_schema(sandbox.number, schema["$id"]).identity_fields
    assert field.namespace == "Email"
    assert field.primary


def test_a_namespace_given_by_number_is_translated(
    schema: dict[str, Any], sandbox: Sandbox, actor: Actor
) -> None:
    given = {"xdm:namespace": "6", "xdm:property": "xdm:id"}
    make_identity(schema, sandbox, actor, **given)
    (field,) = queries.compiled_schema(sandbox.number, schema["$id"]).identity_fields
    assert field.namespace == "Email"


def test_a_change_while_compiling_is_not_forgotten(
    schema: dict[str, Any], sandbox: Sandbox
) -> None:
    generation = cache.generation()
    compiled = queries.compiled_schema(sandbox.number, schema["$id"])
    cache.invalidate()
    key = (sandbox.number, schema["$id"])
    cache.keep(key, compiled, generation=generation)
    assert cache.find(key) is None


def test_behavior_and_version_come_along(schema: dict[str, Any], sandbox: Sandbox) -> None:
    compiled = queries.compiled_schema(sandbox.number, schema["$id"])
    assert (compiled.behavior, compiled.version, compiled.uri) == ("record", "1.0", schema["$id"])


def test_an_unknown_schema_is_not_found(sandbox: Sandbox) -> None:
    with pytest.raises(ResourceNotFound):
        queries.compiled_schema(sandbox.number, f"{NS}acmeco/schemas/gone")


def test_tagging_for_profile_is_idempotent(
    schema: dict[str, Any], sandbox: Sandbox, actor: Actor
) -> None:
    make_identity(schema, sandbox, actor)
    for _ in range(2):
        tagged = actions.tag_for_profile(schema_uri=schema["$id"], sandbox=sandbox, actor=actor)
        assert tagged["meta:immutableTags"] == ["union"]
    assert tagged["version"] == "1.1"


def test_the_union_tree_exists_before_any_schema(sandbox: Sandbox) -> None:
    tree = queries.union_tree(sandbox, PROFILE)
    assert {"identityMap", "segmentMembership", "_repo"} <= set(tree["properties"])
    with pytest.raises(ResourceNotFound):
        queries.union_tree(sandbox, f"{NS}gone")


def test_reading_a_schema_costs_few_queries(
    schema: dict[str, Any], sandbox: Sandbox, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        raw = queries.get_resource(
            sandbox, container="tenant", kind="schemas", identifier=schema["$id"]
        )
        queries.resolved(sandbox, raw)


def test_fields_a_schema_defines_itself_are_part_of_the_union(
    schema: dict[str, Any], sandbox: Sandbox, actor: Actor
) -> None:
    tenant = f"_{sandbox.organization.tenant_id}"
    make_identity(schema, sandbox, actor)
    actions.tag_for_profile(schema_uri=schema["$id"], sandbox=sandbox, actor=actor)
    assert set(queries.union_tree(sandbox, PROFILE)["properties"][tenant]["properties"]) == {
        "loyaltyID",
        "points",
    }
    other = {
        "title": "Other",
        "definitions": {
            "own": {"properties": {tenant: {"properties": {"points": {"type": "string"}}}}}
        },
        "allOf": [{"$ref": PROFILE}, {"$ref": "#/definitions/own"}],
        "meta:immutableTags": ["union"],
    }
    with pytest.raises(MergeConflict):
        actions.create_resource(other, kind="schemas", sandbox=sandbox, actor=actor)
