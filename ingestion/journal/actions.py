"""Re-drive rejected records: append them again, once, with the time they first arrived."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson
from django.db import transaction

from core import sql
from core.access.permissions import require
from core.access.types import Actor
from core.audit.actions import record
from core.errors import Invalid
from core.sandboxes.models import Sandbox
from ingestion.journal.append import append_in_django
from ingestion.journal.types import REDRIVEN, Append

MOST_AT_ONCE = 5000
_SLICE = "ingestion.journal"


class Redriven(msgspec.Struct, frozen=True):
    """A reject and the number under which its record was appended again."""

    seq: int
    redriven_as: int


def redrive_rejects(
    *,
    actor: Actor,
    sandbox: Sandbox,
    seqs: Sequence[int],
    payloads: Mapping[int, bytes] | None = None,
) -> list[Redriven]:
    """Append the open ones of these rejects again; `payloads` holds corrected records by seq.

    A reject that was re-driven before is left alone: asking twice adds no second copy.
    """
    require(actor, "manage-datasets", sandbox)
    edited = {seq: _checked(payload) for seq, payload in (payloads or {}).items()}
    if len(seqs) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE} records can be re-driven at once.")
    with transaction.atomic():
        key = {"stream": sandbox.number, "seqs": sorted(set(seqs))}
        rejects = sql.change(_SLICE, "lock_rejects", key)
        if not rejects:
            return []
        _record(actor, sandbox, [row[0] for row in rejects], edited=sorted(edited))
        # Last, because the stream is locked for all senders from here to the commit.
        return _append_again(sandbox.number, rejects, edited)


def redrive_reject(
    *, actor: Actor, sandbox: Sandbox, seq: int, payload: bytes | None = None
) -> Redriven | None:
    """Append one reject again, corrected when `payload` is given; None when it is not open."""
    payloads = None if payload is None else {seq: payload}
    done = redrive_rejects(actor=actor, sandbox=sandbox, seqs=[seq], payloads=payloads)
    return done[0] if done else None


def redrive_group(  # noqa: PLR0913 - a cause, and the ways to narrow it
    *,
    actor: Actor,
    sandbox: Sandbox,
    code: str,
    path: str,
    inlet: int | None = None,
    dataset: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> int:
    """Append the open rejects of one cause and place again, oldest first; how many it were.

    At most `MOST_AT_ONCE`; call again while the answer is that many. `since` and `until` bound
    their receive time, µs.
    """
    params = {
        "stream": sandbox.number,
        "code": code,
        "path": path,
        "inlet": inlet,
        "dataset": dataset,
        "since": since,
        "until": until,
        "limit": MOST_AT_ONCE,
    }
    seqs = [seq for (seq,) in sql.fetch(_SLICE, "find_open_rejects", params)]
    return len(redrive_rejects(actor=actor, sandbox=sandbox, seqs=seqs))


def _append_again(
    stream: int, rejects: Sequence[tuple[Any, ...]], edited: Mapping[int, bytes]
) -> list[Redriven]:
    numbers = append_in_django(
        [
            Append(stream, inlet, received_at, [edited.get(seq, bytes(payload))], REDRIVEN)
            for seq, received_at, inlet, payload in rejects
        ]
    )
    done = [Redriven(row[0], number) for row, number in zip(rejects, numbers, strict=True)]
    closed = {
        "stream": stream,
        "seqs": [each.seq for each in done],
        "redriven_as": [each.redriven_as for each in done],
    }
    sql.change(_SLICE, "close_rejects", closed)
    return done


def _checked(payload: bytes) -> bytes:
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Invalid(f"The corrected record is not valid JSON: {error}") from error
    if not isinstance(message, dict):
        raise Invalid("The corrected record is not a JSON object.")
    return payload


def _record(actor: Actor, sandbox: Sandbox, seqs: Sequence[int], *, edited: Sequence[int]) -> None:
    first = f"{sandbox.number}-{seqs[0]}"
    record(
        actor=actor,
        action="Redrive",
        asset=("Rejected record", first, first if len(seqs) == 1 else f"{len(seqs)} records"),
        sandbox=sandbox,
        details={"records": len(seqs), "seqs": seqs[:100], "edited": edited[:100]},
    )
