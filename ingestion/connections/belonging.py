"""Which journal records are a dataset's: they name it, or a dataflow that writes to it."""

from dataclasses import dataclass

import orjson

from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.models import FlowObject, Inlet
from ingestion.connections.queries import dataset_of

_KIND = FlowObject.Kind


@dataclass(frozen=True, slots=True)
class Belonging:
    """How to recognise a dataset's records; `words` are in the text of each of them."""

    dataset_id: str
    flows: frozenset[str]

    @property
    def words(self) -> list[str]:
        """One of these is somewhere in each record of the dataset."""
        return [self.dataset_id, *sorted(self.flows)]

    def claims(self, payload: bytes) -> bool:
        """Whether the record is the dataset's: what it names itself comes before its flow."""
        try:
            header = orjson.loads(payload)["header"]
            named = header.get("datasetId")
            return named == self.dataset_id if named else header.get("flowId") in self.flows
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return False


def belonging_of(sandbox: Sandbox, dataset: Dataset) -> Belonging:
    """How to recognise this dataset's records now."""
    objects = FlowObject.objects.filter(sandbox=sandbox)
    targets = {
        str(row.pk)
        for row in objects.filter(kind=_KIND.TARGET)
        if dataset_of(row.document) == dataset.pk
    }
    flows = frozenset(
        str(row.pk)
        for row in objects.filter(kind=_KIND.FLOW)
        if targets & set(row.document.get("targetConnectionIds") or ())
    )
    return Belonging(dataset.pk, flows)


def sources_of(sandbox: Sandbox, dataset: Dataset) -> list[Inlet]:
    """Streaming connections whose dataflow writes to this dataset."""
    flows = belonging_of(sandbox, dataset).flows
    objects = FlowObject.objects.filter(sandbox=sandbox)
    sources = {
        each
        for flow in objects.filter(kind=_KIND.FLOW, pk__in=flows)
        for each in flow.document.get("sourceConnectionIds") or ()
    }
    rows = objects.filter(kind=_KIND.SOURCE, pk__in=sources)
    bases = {row.document.get("baseConnectionId") for row in rows}
    inlets = Inlet.objects.filter(sandbox=sandbox, connection__in=bases - {None})
    return list(inlets.order_by("name"))
