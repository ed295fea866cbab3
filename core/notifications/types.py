"""Values that cross this slice's border."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a notification is about."""

    IMPORT_FINISHED = "import-finished"
    IMPORT_FAILED = "import-failed"
    BACKFILL_FINISHED = "backfill-finished"
    RULES_APPLIED = "rules-applied"
    SANDBOX_RESET = "sandbox-reset"
    SANDBOX_DELETED = "sandbox-deleted"
    SANDBOX_COPIED = "sandbox-copied"
    DATAFLOW_FAILING = "dataflow-failing"
    FAILURE_RATIO = "failure-ratio"


@dataclass(frozen=True, slots=True)
class Notice:
    """What there is to tell; `subject` is an id of the kind's object. See `Notification`."""

    kind: Kind
    title: str
    text: str = ""
    subject: str = ""
    permission: str = ""
