"""Which records an identity came with."""

from collections.abc import Iterable

from core import sql
from core.sandboxes.models import Sandbox
from profiles.identity.types import Identity


def list_record_numbers(
    *, sandbox: Sandbox, identities: Iterable[Identity], limit: int = 50
) -> list[int]:
    """Numbers of the records kept under these identities, the newest first.

    The latest record of each dataset, and events; of others only the journal tells.
    """
    params = {
        "sandbox": sandbox.number,
        "ids": [identity.id for identity in identities],
        "limit": limit,
    }
    return [seq for (seq,) in sql.fetch("profiles.lookup", "list_record_numbers", params)]
