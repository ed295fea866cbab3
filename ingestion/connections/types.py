"""Values that cross this slice's border."""

from dataclasses import dataclass, field

from core.access.types import Actor


@dataclass(frozen=True, slots=True)
class FlowInfo:
    """An enabled flow of an inlet: where its records go. Ids are those the API shows."""

    id: str
    dataset_id: str
    mapping_id: str | None


@dataclass(frozen=True, slots=True)
class InletInfo:
    """What the collector knows about an inlet. `sandbox` is the sandbox's number."""

    inlet_id: str
    number: int
    sandbox: int
    ims_org_id: str
    sandbox_name: str
    name: str
    source_id: str
    data_type: str
    authentication_required: bool
    enabled: bool
    rate_limit: int | None
    flows: dict[str, FlowInfo] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InletInput:
    """What a person or program may say about a streaming connection or inlet."""

    name: str
    description: str = ""
    source_id: str = ""
    data_type: str = "xdm"
    authentication_required: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, with which program."""

    actor: Actor
    client_id: str = ""
