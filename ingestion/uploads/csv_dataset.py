"""A dataset made of a CSV file: an adhoc class and schema from its columns, then the rows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from django.db import transaction

from core import clock
from core.access.permissions import require
from core.access.types import Actor
from core.errors import Conflict, Invalid
from core.sandboxes.models import Sandbox
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.types import DatasetInput
from ingestion.prep import field_paths
from ingestion.schemas.actions import create_resource, lock_registry
from ingestion.schemas.lookup import tenant_of
from ingestion.schemas.models import RegistryResource
from ingestion.schemas.types import Raw
from ingestion.uploads.actions import start_import
from ingestion.uploads.held import COLUMN_NAME, HeldFile, check_held
from ingestion.uploads.models import Upload
from ingestion.xdm import names
from ingestion.xdm.infer import node_of_type, proposed_name

TYPES = ("string", "int", "short", "long", "byte", "number", "boolean", "date", "date-time")
_LONGEST = 280


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """A column that becomes a field: its name in the file, the field's name and XDM type."""

    source: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class CsvDatasetInput:
    """What people say about the dataset."""

    name: str
    description: str
    columns: tuple[CsvColumn, ...]


def names_for(headers: Sequence[str]) -> list[str]:
    """A field name for each column: its own where that is one, and no name twice."""
    found: list[str] = []
    for header in headers:
        wanted = header
        if not COLUMN_NAME.fullmatch(header):
            wanted = proposed_name(re.sub(r"[^A-Za-z0-9]+", " ", header))
        found.append(next(name for name in _numbered(wanted, "") if name not in found))
    return found


def troubles_with(columns: Sequence[CsvColumn]) -> dict[str, str]:
    """What is wrong with the columns, by their names in the file."""
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for column in columns:
        if not COLUMN_NAME.fullmatch(column.name):
            found[column.source] = (
                f"“{column.name}” is no field name: a letter or digit, then letters, digits and _."
            )
        elif column.name in taken:
            found[column.source] = f"{taken[column.name]} is called {column.name}, too."
        elif column.type not in TYPES:
            found[column.source] = f"{column.type} is no type of a column."
        taken.setdefault(column.name, column.source)
    return found


@transaction.atomic
def create_dataset_from_csv(
    given: CsvDatasetInput, *, held: HeldFile, actor: Actor, sandbox: Sandbox
) -> Upload:
    """Class, schema, dataset, and the import under way, or nothing of it.

    Raises Conflict for a file that is imported already or gone, Invalid for columns.
    """
    require(actor, "manage-datasets", sandbox)
    require(actor, "manage-schemas", sandbox)
    lock_registry(sandbox)
    if Upload.objects.filter(pk=held.id).exists():
        raise Conflict(f"{held.name} was imported already.", path="imported")
    check_held(held)
    if not given.columns:
        raise Invalid("Keep at least one column.", path="columns")
    for trouble in troubles_with(given.columns).values():
        raise Invalid(trouble, path="columns")
    dataset = create_dataset(
        actor=actor,
        sandbox=sandbox,
        given=DatasetInput(
            name=given.name,
            description=given.description,
            schema_uri=_create_schema(given, sandbox=sandbox, actor=actor),
        ),
    )
    root = names.tenant_field(tenant_of(sandbox))
    now = clock.now_ms()
    upload = held.as_upload()
    upload.sandbox, upload.dataset, upload.created_by = sandbox, dataset, actor.id
    upload.created_ms = upload.updated_ms = now
    upload.mapping = [
        {"source": field_paths.write((column.source,)), "target": f"{root}.{column.name}"}
        for column in given.columns
    ]
    upload.save(force_insert=True)
    start_import(actor=actor, upload=upload)
    return upload


def _create_schema(given: CsvDatasetInput, *, sandbox: Sandbox, actor: Actor) -> str:
    """`$id` of a schema whose class holds the columns below the tenant's object."""
    own = names.tenant_field(tenant_of(sandbox))
    fields = {column.name: node_of_type(column.type) for column in given.columns}
    holder = {"type": "object", "properties": {own: {"type": "object", "properties": fields}}}
    body: Raw = {
        "title": _free_title(f"{given.name[:_LONGEST]} (adhoc class)", sandbox),
        "description": f"Columns of a file, made for the dataset {given.name}.",
        "type": "object",
        "definitions": {"customFields": holder},
        "allOf": [{"$ref": names.ADHOC}, {"$ref": "#/definitions/customFields"}],
    }
    made = create_resource(body, kind="classes", sandbox=sandbox, actor=actor)
    schema = {
        "title": _free_title(f"{given.name[:_LONGEST]} (adhoc schema)", sandbox),
        "description": body["description"],
        "type": "object",
        "allOf": [{"$ref": made["$id"]}],
    }
    created = create_resource(schema, kind="schemas", sandbox=sandbox, actor=actor)
    return str(created["$id"])


def _free_title(wanted: str, sandbox: Sandbox) -> str:
    """Titles are unique, names of datasets are not: count until one is free."""
    rows = RegistryResource.objects.filter(sandbox=sandbox, title__startswith=wanted)
    taken = set(rows.values_list("title", flat=True))
    return next(title for title in _numbered(wanted, " ") if title not in taken)


def _numbered(wanted: str, gap: str) -> Iterator[str]:
    yield wanted
    for number in count(2):
        yield f"{wanted}{gap}{number}"
