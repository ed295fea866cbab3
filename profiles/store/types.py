"""Values that cross this slice's border."""

from dataclasses import dataclass, field

PROFILE_SCHEMA = "_xdm.context.profile"
MOST_DATASETS = 50
ADVISED_POLICIES = 5


@dataclass(frozen=True, slots=True)
class MergePolicyInput:
    """A merge policy as a person or program wants it; `dataset_order` holds dataset ids."""

    name: str
    schema_name: str = PROFILE_SCHEMA
    identity_graph: str = "pdg"
    attribute_merge: str = "timestampOrdered"
    dataset_order: tuple[str, ...] = field(default=())
    is_default: bool = False
    is_active_on_edge: bool = False


@dataclass(frozen=True, slots=True)
class MergePolicyFilter:
    """What a list is narrowed to; None: no condition."""

    is_default: bool | None = None
    is_active_on_edge: bool | None = None
    schema_name: str | None = None
    identity_graph: str | None = None
    attribute_merge: str | None = None
    version: int | None = None
