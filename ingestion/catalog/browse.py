"""Datasets as people look for them: by any part of the name and by what is known of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Func, JSONField, Q, QuerySet

from core.keyset import Slice, take_by
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.catalog.switches import SYSTEM_TAGS

ORDERS = {"name": "name", "created": "created_ms", "updated": "updated_ms"}
NEWEST_CHANGE = "-updated"
_MOST_TAGS = 200


@dataclass(frozen=True, slots=True)
class DatasetFilter:
    """What a list of datasets is narrowed to; the default keeps all.

    `tag` is a tag's name or `name: value`. Times are epoch milliseconds, `_until` is excluded.
    `xdm_only` leaves out datasets that were made for one file.
    """

    text: str = ""
    profile_only: bool = False
    schema_uri: str = ""
    tag: str = ""
    created_by: str = ""
    created_from: int | None = None
    created_until: int | None = None
    updated_from: int | None = None
    updated_until: int | None = None
    xdm_only: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return self != DatasetFilter()


def browse_datasets(
    *,
    sandbox: Sandbox,
    wanted: DatasetFilter,
    order: str = NEWEST_CHANGE,
    after: str = "",
    size: int = 25,
) -> tuple[Slice[Dataset], int]:
    """One page of live datasets and how many there are in all.

    `order` is a name of ORDERS, or one with `-` before it for descending.
    """
    rows = _filtered(sandbox, wanted)
    sign = "-" if order.startswith("-") else ""
    column = ORDERS.get(order.removeprefix("-"))
    order = f"{sign}{column}" if column else "-updated_ms"
    return take_by(rows, order=order, after=after, size=size), rows.count()


def _filtered(sandbox: Sandbox, wanted: DatasetFilter) -> QuerySet[Dataset]:
    rows = live_datasets(sandbox=sandbox)
    if wanted.text:
        rows = rows.filter(Q(name__icontains=wanted.text) | Q(pk=wanted.text))
    if wanted.tag:
        name, colon, value = wanted.tag.partition(":")
        name, value = name.strip(), value.strip()
        tagged = {"tags__contains": {name: [value]}} if colon else {"tags__has_key": name}
        rows = rows.filter(**tagged)
    if wanted.xdm_only:
        rows = rows.exclude(document__behavior="adhoc")
    conditions: dict[str, object] = {
        "profile_enabled": wanted.profile_only or None,
        "schema_uri": wanted.schema_uri or None,
        "created_by": wanted.created_by or None,
        "created_ms__gte": wanted.created_from,
        "created_ms__lt": wanted.created_until,
        "updated_ms__gte": wanted.updated_from,
        "updated_ms__lt": wanted.updated_until,
    }
    return rows.filter(**{key: value for key, value in conditions.items() if value is not None})


def live_datasets(*, sandbox: Sandbox) -> QuerySet[Dataset]:
    """Datasets that are not deleted."""
    return Dataset.objects.filter(sandbox=sandbox, deleted_ms=None)


def tags_in_use(*, sandbox: Sandbox) -> list[str]:
    """People's tags as `name: value`, by name; the first two hundred."""
    pairs = Func(
        F("tags"),
        template="jsonb_path_query(%(expressions)s, '$.keyvalue()')",
        output_field=JSONField(),
        set_returning=True,
    )
    rows = live_datasets(sandbox=sandbox).annotate(pair=pairs).order_by()
    found = {
        f"{row['key']}: {value}"
        for row in rows.values_list("pair", flat=True).distinct()
        if row["key"] not in SYSTEM_TAGS
        for value in _listed(row["value"])
    }
    return sorted(found)[:_MOST_TAGS]


def _listed(values: object) -> list[object]:
    return values if isinstance(values, list) else [values]


def schemas_in_use(*, sandbox: Sandbox) -> list[str]:
    """`$id` of every schema that a live dataset has."""
    rows = live_datasets(sandbox=sandbox).order_by()
    return sorted(rows.values_list("schema_uri", flat=True).distinct())


def creators_in_use(*, sandbox: Sandbox) -> list[str]:
    """Ids of those who created a live dataset."""
    rows = live_datasets(sandbox=sandbox).order_by()
    return sorted(rows.values_list("created_by", flat=True).distinct())


def names_of_datasets(*, sandbox: Sandbox, numbers: set[int]) -> dict[int, Dataset]:
    """Datasets, deleted ones too, by their data-plane number."""
    found = Dataset.objects.filter(sandbox=sandbox, number__in=numbers)
    return {dataset.number: dataset for dataset in found}


def own_tags(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """The tags people gave, as (name, values); switches and system tags are settings."""
    return tuple(
        (name, ", ".join(map(str, _listed(values))))
        for name, values in dataset.tags.items()
        if name not in SYSTEM_TAGS
    )


def list_datasets_in(*, sandbox: Sandbox, ids: Iterable[str]) -> list[Dataset]:
    """Live datasets among these ids, by name."""
    return list(live_datasets(sandbox=sandbox).filter(pk__in=set(ids)).order_by("name", "pk"))
