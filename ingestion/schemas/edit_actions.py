"""Save the edits of a schema: groups, schema and identities together, or nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.access.types import Actor
from core.sandboxes.models import Sandbox
from ingestion.schemas.actions import create_resource, lock_registry, replace_resource
from ingestion.schemas.descriptor_actions import create_descriptor, delete_descriptor
from ingestion.schemas.editing import NEW, Edited, IdentityMark, Operation, apply_edits
from ingestion.schemas.queries import IDENTITY, find_row
from ingestion.schemas.relationships import ONE_TO_ONE, REFERENCE
from ingestion.schemas.types import Raw, not_found
from ingestion.xdm import paths


@dataclass(frozen=True, slots=True)
class SchemaInput:
    """What a new schema is made of."""

    title: str
    description: str
    class_uri: str
    groups: tuple[str, ...]


@transaction.atomic
def save_edits(
    operations: Iterable[Operation],
    *,
    schema_uri: str,
    etags: Mapping[str, str],
    sandbox: Sandbox,
    actor: Actor,
) -> Raw:
    """Apply operations to what is stored now; answers the schema.

    `etags` are those the person saw: a resource changed by someone else meanwhile refuses the save.
    """
    lock_registry(sandbox)
    row = find_row(sandbox.number, kind="schemas", identifier=schema_uri)
    if row is None:
        raise not_found("schemas", schema_uri, "schema")
    edited = apply_edits(sandbox, row.document, operations)
    made = _save_groups(edited, etags=etags, sandbox=sandbox, actor=actor)
    # Identities and relationships come off before their fields do, and on after them.
    for identifier in edited.dropped:
        delete_descriptor(identifier=identifier, sandbox=sandbox, actor=actor)
    document: Raw = row.document
    if edited.schema != row.document:
        body = {**edited.schema, "allOf": [_part(p, made) for p in edited.schema["allOf"]]}
        document = replace_resource(
            body,
            kind="schemas",
            identifier=schema_uri,
            sandbox=sandbox,
            actor=actor,
            if_match=etags.get(schema_uri),
        )
    for given in _descriptors(schema_uri, edited):
        create_descriptor(given, sandbox=sandbox, actor=actor)
    return document


def _save_groups(
    edited: Edited, *, etags: Mapping[str, str], sandbox: Sandbox, actor: Actor
) -> dict[str, str]:
    """Store new and changed groups; answers the `$id`s that new ones got."""
    made: dict[str, str] = {}
    for uri, group in edited.groups.items():
        if uri.startswith(NEW):
            created = create_resource(group, kind="mixins", sandbox=sandbox, actor=actor)
            made[uri] = str(created["$id"])
        else:
            replace_resource(
                group,
                kind="mixins",
                identifier=uri,
                sandbox=sandbox,
                actor=actor,
                if_match=etags.get(uri),
            )
    return made


def _part(part: Mapping[str, Any], made: Mapping[str, str]) -> Raw:
    uri = part.get("$ref", "")
    return {**part, "$ref": made[uri]} if uri in made else dict(part)


def _descriptors(schema_uri: str, edited: Edited) -> Iterator[Raw]:
    """Descriptors of what was marked and is not stored yet."""
    for mark in edited.identities:
        if not mark.stored:
            yield _descriptor(schema_uri, mark)
    for relation in edited.relations:
        if relation.stored:
            continue
        source = {
            "xdm:sourceSchema": schema_uri,
            "xdm:sourceVersion": 1,
            "xdm:sourceProperty": paths.descriptor_path(relation.path),
        }
        yield {**source, "@type": REFERENCE, "xdm:identityNamespace": relation.namespace}
        yield {
            **source,
            "@type": ONE_TO_ONE,
            "xdm:destinationSchema": relation.target,
            "xdm:destinationVersion": 1,
        }


def _descriptor(schema_uri: str, mark: IdentityMark) -> Raw:
    return {
        "@type": IDENTITY,
        "xdm:sourceSchema": schema_uri,
        "xdm:sourceVersion": 1,
        "xdm:sourceProperty": paths.descriptor_path(mark.path),
        "xdm:namespace": mark.namespace,
        "xdm:property": "xdm:code",
        "xdm:isPrimary": mark.primary,
    }


@transaction.atomic
def create_schema(
    given: SchemaInput, *, operations: Iterable[Operation] = (), sandbox: Sandbox, actor: Actor
) -> Raw:
    """A new schema of a class and field groups, with edits applied at once."""
    parts = [given.class_uri, *given.groups]
    body = {
        "title": given.title,
        "description": given.description,
        "type": "object",
        "allOf": [{"$ref": uri} for uri in parts],
    }
    document = create_resource(body, kind="schemas", sandbox=sandbox, actor=actor)
    wanted = list(operations)
    if not wanted:
        return document
    return save_edits(
        wanted, schema_uri=str(document["$id"]), etags={}, sandbox=sandbox, actor=actor
    )
