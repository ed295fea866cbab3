"""Writes of mapping sets: one transaction each, audited and announced."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.db import transaction

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Invalid
from core.notify import config_changed
from core.sandboxes.models import Sandbox
from ingestion.prep.documents import rows_of
from ingestion.prep.mapping import check_mapping
from ingestion.prep.models import MappingSet
from ingestion.prep.types import MappingProblem, MappingRow
from ingestion.schemas.queries import compiled_schema

MAPPING_REFUSED = "1419"


def create_mapping_set(
    *,
    actor: Actor,
    sandbox: Sandbox,
    schema_uri: str,
    document: Mapping[str, Any],
    name: str = "",
) -> MappingSet:
    """A new mapping set, version 0, whose targets all exist in the schema."""
    require(actor, "manage-sources", sandbox)
    rows = rows_of(document)
    check_targets(sandbox=sandbox, schema_uri=schema_uri, rows=rows)
    now = clock.now_ms()
    with transaction.atomic():
        stored = MappingSet.objects.create(
            set_id=uuid4().hex,
            sandbox=sandbox,
            name=name,
            schema_uri=schema_uri,
            document=dict(document),
            created_ms=now,
            updated_ms=now,
            created_by=actor.id,
            updated_by=actor.id,
        )
        asset = ("Mapping set", stored.set_id, name)
        record(actor=actor, action="Create", asset=asset, sandbox=sandbox)
        config_changed("mapping")
    return stored


def check_targets(*, sandbox: Sandbox, schema_uri: str, rows: Sequence[MappingRow]) -> None:
    """Raise Invalid for the first row that cannot work; required fields may be missing here."""
    tree = compiled_schema(sandbox.number, schema_uri).tree
    problems: list[MappingProblem] = [p for p in check_mapping(rows, tree) if p.row >= 0]
    if problems:
        first = problems[0]
        raise Invalid(
            first.message,
            code=MAPPING_REFUSED,
            path=f"mappings[{first.row}]",
            received=first.path,
        )
