"""From stored merge policies to what merging needs."""

from ingestion.catalog.models import Dataset
from profiles.store.merge import Policy
from profiles.store.models import MergePolicy

TIMESTAMP_ORDERED = Policy(id="")


def policy_of(stored: MergePolicy | None) -> Policy:
    """The policy by dataset numbers; none stored: timestamp ordered."""
    if stored is None:
        return TIMESTAMP_ORDERED
    stitched = stored.identity_graph != MergePolicy.IdentityGraph.NONE
    if stored.attribute_merge != MergePolicy.AttributeMerge.DATASETS:
        return Policy(id=str(stored.id), stitched=stitched)
    numbers = dict(
        Dataset.objects.filter(sandbox=stored.sandbox_id, id__in=stored.dataset_order).values_list(
            "id", "number"
        )
    )
    order = tuple(numbers[one] for one in stored.dataset_order if one in numbers)
    return Policy(id=str(stored.id), method="dataSetPrecedence", order=order, stitched=stitched)
