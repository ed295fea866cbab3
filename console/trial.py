"""What an endpoint can be tried with: XDM messages, or raw records that a dataflow maps."""

from collections.abc import Callable
from dataclasses import dataclass

from console.components import Problem
from console.tryout import Tryout, make_tryout, validate
from console.tryout_raw import make_raw_tryout, validate_raw
from core.errors import Invalid
from ingestion.admission.flows import find_mapped_flow
from ingestion.catalog.models import Dataset
from ingestion.collect.envelope import RAW
from ingestion.connections.models import Inlet
from ingestion.schemas.queries import compiled_schema


@dataclass(frozen=True, slots=True)
class Trial:
    """A message that works, and a judge of others; `validate` stores nothing."""

    tryout: Tryout
    validate: Callable[[str], tuple[Problem, ...]]


def trial_of(inlet: Inlet, dataset: Dataset, *, flow_id: str) -> Trial:
    """For records of this dataset; raises AppError when none can be made."""
    if inlet.data_type != RAW:
        return Trial(
            make_tryout(inlet, dataset, flow_id=flow_id),
            lambda text: validate(inlet, dataset, text),
        )
    flow = find_mapped_flow(inlet.sandbox, flow_id) if flow_id else None
    if flow is None:
        raise Invalid("Raw records need a dataflow with a mapping, and this connection has none.")
    if flow.trouble:
        raise Invalid(f"{flow.trouble}.")
    schema = compiled_schema(inlet.sandbox_id, dataset.schema_uri)
    return Trial(
        make_raw_tryout(inlet, flow, schema, flow_id=flow_id),
        lambda text: validate_raw(flow, schema, text),
    )
