"""The state of setting up an HTTP API source, as a draft keeps it, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction

from console.forms.sources import records_of_sample
from console.mapping_table import mapping_rows
from core.access.types import Actor
from core.drafts.models import Draft
from core.errors import AppError
from core.sandboxes.models import Sandbox
from ingestion.catalog import tags as tag_rules
from ingestion.catalog.actions import create_dataset
from ingestion.catalog.models import Dataset
from ingestion.catalog.queries import get_dataset
from ingestion.catalog.types import DEFAULT_CONTENT_TYPE, DatasetInput
from ingestion.connections.http_api import Dataflow, open_stream
from ingestion.connections.models import Inlet
from ingestion.connections.types import InletInput, Writer
from ingestion.prep.actions import create_mapping_set
from ingestion.prep.documents import document_of
from ingestion.prep.mapping import check_mapping
from ingestion.schemas.queries import compiled_schema

ACCOUNT, DATA, TARGET, MAPPING, DETAIL, REVIEW = (
    "account",
    "data",
    "dataset",
    "mapping",
    "detail",
    "review",
)
_LABELS = {
    ACCOUNT: "Authentication",
    DATA: "Select data",
    TARGET: "Dataset",
    MAPPING: "Mapping",
    DETAIL: "Dataflow detail",
    REVIEW: "Review",
}


@dataclass(frozen=True, slots=True)
class Setup:
    """The answers given so far."""

    sandbox: Sandbox
    state: Mapping[str, Any]

    @property
    def is_raw(self) -> bool:
        """Whether records are mapped."""
        return self.state.get("data_type") == "raw"

    @property
    def has_flow(self) -> bool:
        """Whether a dataflow is made; records of a connection without one name their dataset."""
        return self.state.get("mode") != "none"

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """The steps that these answers make necessary."""
        left_out = set() if self.is_raw else {DATA, MAPPING}
        if not self.has_flow:
            left_out.add(DETAIL)
        return tuple((name, label) for name, label in _LABELS.items() if name not in left_out)

    @property
    def schema_uri(self) -> str:
        """Schema of the dataset, existing or new."""
        return str(self.state.get("schema") or "")

    @property
    def sample(self) -> dict[str, Any]:
        """The first record of the sample."""
        try:
            return records_of_sample(self.state.get("sample") or "{}")[0]
        except forms.ValidationError:
            return {}

    def gap(self) -> str:
        """The first step that still needs an answer; empty when there is none."""
        needs = {
            ACCOUNT: bool(self.state.get("name")),
            DATA: bool(self.sample),
            TARGET: bool(self.state.get("mode")),
            MAPPING: not self.is_raw or self.mapping_works(),
            DETAIL: bool(self.state.get("flow_name")),
        }
        return next((name for name, _ in self.steps if not needs.get(name, True)), "")

    def mapping_works(self) -> bool:
        """Whether the mapping has no errors."""
        if not self.schema_uri or not self.state.get("rows"):
            return False
        try:
            tree = compiled_schema(self.sandbox.number, self.schema_uri).tree
        except AppError:
            return False
        return not check_mapping(mapping_rows(self.state["rows"]), tree, sample=self.sample)

    def after(self, step: str) -> str:
        """The step that follows."""
        names = [name for name, _ in self.steps]
        return names[min(names.index(step) + 1, len(names) - 1)] if step in names else names[0]

    def before(self, step: str) -> str:
        """The step before; empty at the first."""
        names = [name for name, _ in self.steps]
        at = names.index(step)
        return names[at - 1] if at else ""


def finish(draft: Draft, *, actor: Actor, sandbox: Sandbox) -> Inlet:
    """Make everything the draft says, or nothing; the draft goes with it."""
    setup = Setup(sandbox, draft.state)
    state = draft.state
    with transaction.atomic():
        dataset = _dataset(setup, actor=actor)
        dataflow = None
        if dataset is not None:
            dataflow = Dataflow(
                dataset=dataset,
                name=state["flow_name"],
                description=state.get("flow_description", ""),
                mapping_id=_mapping(setup, dataset, actor=actor) if setup.is_raw else "",
            )
        given = InletInput(
            name=state["name"],
            description=state.get("description", ""),
            source_id=state["name"],
            data_type=state["data_type"],
            authentication_required=state["authentication"],
        )
        inlet = open_stream(writer=Writer(actor), sandbox=sandbox, given=given, dataflow=dataflow)
        draft.delete()
    return inlet


def _dataset(setup: Setup, *, actor: Actor) -> Dataset | None:
    state = setup.state
    if state["mode"] == "none":
        return None
    if state["mode"] == "existing":
        return get_dataset(sandbox=setup.sandbox, dataset_id=state["dataset"])
    enabled = ["enabled:true"]
    tags = {tag_rules.PROFILE: enabled, tag_rules.IDENTITY: enabled} if state["profile"] else {}
    given = DatasetInput(name=state["dataset_name"], schema_uri=setup.schema_uri, tags=tags)
    return create_dataset(actor=actor, sandbox=setup.sandbox, given=given)


def _mapping(setup: Setup, dataset: Dataset, *, actor: Actor) -> str:
    rows = mapping_rows(setup.state["rows"])
    content_type = dataset.schema_content_type or DEFAULT_CONTENT_TYPE
    stored = create_mapping_set(
        actor=actor,
        sandbox=setup.sandbox,
        schema_uri=dataset.schema_uri,
        name=setup.state["flow_name"],
        document=document_of(rows, schema_uri=dataset.schema_uri, content_type=content_type),
    )
    return stored.set_id
