"""What uses a dataset, and what goes and stays when datasets are deleted.

A kind of user joins the pages by one more function in FINDERS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from console.datasets import held_by
from console.schemas.words import class_word
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.connections.browse import dataflows_of
from ingestion.schemas.queries import find_resource
from profiles.store.contents import Contents, count_contents
from profiles.store.models import MergePolicy
from profiles.store.queries import list_merge_policies, policies_listing


@dataclass(frozen=True, slots=True)
class Use:
    """A thing that uses the dataset, and how."""

    label: str
    note: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class UseGroup:
    """All users of one kind; `none` says what it means when there are none."""

    title: str
    uses: tuple[Use, ...]
    none: str


def uses_of(sandbox: Sandbox, dataset: Dataset) -> tuple[UseGroup, ...]:
    """Users of a dataset by kind."""
    return tuple(find(sandbox, dataset) for find in FINDERS)


def _dataflows(sandbox: Sandbox, dataset: Dataset) -> UseGroup:
    uses = []
    for row in dataflows_of(sandbox=sandbox, datasets=[dataset.pk]):
        data = "raw data, mapped" if row.mapped else "XDM"
        state = "" if row.flow.state == "enabled" else ", disabled"
        if row.inlet is None:
            uses.append(Use(row.flow.name, f"Its connection is deleted{state}"))
        else:
            href = reverse("source", args=[sandbox.name, row.inlet.inlet_id])
            uses.append(Use(row.flow.name, f"From {row.inlet.name}, {data}{state}", href))
    none = "No dataflow writes here. Records may still name the dataset themselves."
    return UseGroup("Dataflows", tuple(uses), none)


def _merge_policies(sandbox: Sandbox, dataset: Dataset) -> UseGroup:
    title = "Merge policies"
    if not dataset.profile_enabled:
        return UseGroup(title, (), "The dataset is not enabled for Profile: nothing merges it.")
    uses = [
        Use(
            policy.name,
            words,
            reverse("merge-policy-configure", args=[sandbox.name, str(policy.pk)]),
        )
        for policy in list_merge_policies(sandbox=sandbox, order=("name",))
        if (words := _part_in(policy, dataset))
    ]
    return UseGroup(title, tuple(uses), "Every merge policy lists other datasets only.")


def _part_in(policy: MergePolicy, dataset: Dataset) -> str:
    """How the dataset takes part in a policy; empty when it does not."""
    if policy.attribute_merge == MergePolicy.AttributeMerge.TIMESTAMP:
        return "Timestamp ordered: all Profile datasets take part"
    order = policy.dataset_order
    if dataset.pk not in order:
        return ""
    return f"Number {order.index(dataset.pk) + 1} of {len(order)} by dataset precedence"


def _union(sandbox: Sandbox, dataset: Dataset) -> UseGroup:
    title = "Union schema"
    schema = find_resource(sandbox, dataset.schema_uri)
    class_uri = str((schema or {}).get("meta:class", ""))
    if not dataset.profile_enabled or not class_uri:
        return UseGroup(title, (), "Its fields are in no union schema of profiles.")
    query = urlencode({"class": class_uri, "schema": dataset.schema_uri.rpartition("/")[2]})
    href = f"{reverse('union-schema', args=[sandbox.name])}?{query}"
    return UseGroup(title, (Use(class_word(class_uri), "Its fields are part of it", href),), "")


FINDERS: tuple[Callable[[Sandbox, Dataset], UseGroup], ...] = (_dataflows, _merge_policies, _union)


@dataclass(frozen=True, slots=True)
class Impact:
    """What deleting datasets means: who writes to them or lists them, what remains of them."""

    datasets: tuple[Dataset, ...]
    records: int
    failed: int
    contents: Contents
    writers: tuple[str, ...]
    policies: tuple[str, ...]


def impact_of(sandbox: Sandbox, datasets: Sequence[Dataset]) -> Impact:
    """The consequences in numbers."""
    numbers, ids = [row.number for row in datasets], [row.pk for row in datasets]
    held = held_by(sandbox, numbers).values()
    flows = dataflows_of(sandbox=sandbox, datasets=ids)
    return Impact(
        datasets=tuple(datasets),
        records=sum(each.records for each in held),
        failed=sum(each.failed for each in held),
        contents=count_contents(*numbers),
        writers=tuple(
            dict.fromkeys(row.inlet.name if row.inlet else row.flow.name for row in flows)
        ),
        policies=tuple(row.name for row in policies_listing(sandbox=sandbox, datasets=ids)),
    )
