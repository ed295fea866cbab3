"""Whose record is it: accepted records become events, record changes and observations."""

from collections.abc import Sequence
from hashlib import blake2b

from msgspec import Struct

from ingestion.admission.admit import EVENT, reject_of
from ingestion.admission.keys import MOST_KEY_BYTES, length_of
from ingestion.admission.types import Accepted, Refusal
from ingestion.journal.types import Reject
from profiles.context import Context
from profiles.identity.extract import MOST_CHARS
from profiles.identity.links import Key, Observation
from profiles.identity.types import Identities, Identity, RefusalReason, Skipped, SkipReason
from profiles.store.rows import EventRow, RecordChange

_EXPECTED_PRIMARY = "a value in the field marked as primary identity, or an identityMap entry"


class Attribution(Struct, frozen=True):
    """The accepted records of a micro-batch, by what the profile side does with them.

    observed  the sequence number of each observation
    skipped   accepted, but of no concern to profiles (their dataset feeds neither)
    """

    identities: list[Identity]
    events: list[EventRow]
    changes: list[RecordChange]
    observations: list[Observation]
    observed: list[int]
    rejected: list[Reject]
    skipped: int


def attribute(accepted: Sequence[Accepted], context: Context) -> Attribution:
    """Find the identities of each accepted record and sort it to its effects."""
    found = Attribution([], [], [], [], [], [], 0)
    skipped = 0
    for one in accepted:
        dataset = one.dataset
        if not dataset.profile_enabled and not dataset.identity_enabled:
            skipped += 1
            continue
        identities = context.extractor(one.schema).extract(one.entity)
        refusal = _refusal(identities, one)
        if refusal is not None:
            found.rejected.append(reject_of(one.record, refusal, dataset=dataset.number))
        elif identities.primary is None:
            # Its schema has no identity field and its identityMap is empty: the lake keeps it.
            skipped += 1
        else:
            _sort(found, one, identities, identities.primary)
    return Attribution(
        found.identities,
        found.events,
        found.changes,
        found.observations,
        found.observed,
        found.rejected,
        skipped,
    )


def _sort(found: Attribution, one: Accepted, identities: Identities, primary: Identity) -> None:
    record, dataset = one.record, one.dataset
    is_event = one.schema.behavior == EVENT
    if len(identities.linkable) > 1 and one.operation != "delete":
        moment = one.timestamp if is_event else record.received_at // 1000
        found.observations.append(
            Observation(_graph_key(one), moment, dataset.number, identities.linkable)
        )
        found.observed.append(record.seq)
    if dataset.profile_enabled and is_event:
        found.events.append(_event(one, primary))
    elif dataset.profile_enabled:
        found.changes.append(
            RecordChange(
                primary.id,
                dataset.number,
                record.received_at,
                record.seq,
                one.operation,
                one.entity,
            )
        )
    # Secondary identities are worth keeping only where they link to something.
    found.identities.append(primary)
    found.identities.extend(identities.linkable if len(identities.linkable) > 1 else ())


def _graph_key(one: Accepted) -> Key:
    """The record's place in the history of its graph.

    An event's is its own time, so that a retry or a replay of last year's takes no device away
    from anybody; a clock that runs ahead counts as the time of receipt.
    """
    record = one.record
    if one.schema.behavior != EVENT:
        return record.received_at, record.seq
    name = f"{one.dataset.number}:{one.event_id}".encode()
    digest = blake2b(name, digest_size=8, usedforsecurity=False).digest()
    return min(one.timestamp * 1000, record.received_at), int.from_bytes(digest) >> 1


def _event(one: Accepted, primary: Identity) -> EventRow:
    event_type = one.entity.get("eventType")
    return EventRow(
        one.dataset.number,
        one.event_id,
        primary.id,
        one.timestamp,
        one.record.received_at,
        one.record.seq,
        event_type if isinstance(event_type, str) else None,
        one.document,
    )


def _refusal(identities: Identities, one: Accepted) -> Refusal | None:
    """Why the profile side refuses the record as a whole; None: it does not."""
    if identities.rejected is not None:
        count = identities.rejected.count
        return Refusal(
            "ONEFOLD-1101-400",
            f"The record carries {count} identities; at most 20 are allowed",
            path="/identityMap",
            received=str(count),
            expected="at most 20 identities",
        )
    if identities.dropped is not None:
        return _repeated(identities, "ONEFOLD-1102-400", "the namespace of highest priority")
    if identities.unlinked is not None and not one.dataset.profile_enabled:
        return _repeated(identities, "ONEFOLD-1103-400", "a unique namespace")
    if identities.primary is None and (identities.skipped or identities.all):
        return _without_primary(identities, one)
    return None


def _repeated(identities: Identities, code: str, what: str) -> Refusal:
    verdict = identities.dropped or identities.unlinked
    reason = verdict.reason if verdict else RefusalReason.REPEATED_UNIQUE_NAMESPACE
    count = verdict.count if verdict else 0
    return Refusal(
        code,
        f"The record carries {count} values in {what}, so it cannot belong to one person"
        f" ({reason})",
        path="/identityMap",
        received=f"{count} values",
        expected=f"one value in {what}",
    )


def _without_primary(identities: Identities, one: Accepted) -> Refusal:
    path = "/" + "/".join(one.schema.primary_path or ("identityMap",))
    if identities.skipped:
        return _useless(identities.skipped[0], path)
    return Refusal(
        "ONEFOLD-1105-400",
        "The record has identities, but none is marked as primary",
        path=path,
        received=None,
        expected=_EXPECTED_PRIMARY,
    )


def _useless(skipped: Skipped, path: str) -> Refusal:
    value = str(skipped.value)
    if skipped.reason is SkipReason.TOO_LONG:
        return Refusal(
            "ONEFOLD-1106-400",
            f"The {skipped.namespace} value is too long to identify anybody",
            path=path,
            received=length_of(value),
            expected=f"at most {MOST_CHARS:,} characters and {MOST_KEY_BYTES:,} bytes of UTF-8",
        )
    return Refusal(
        "ONEFOLD-1104-400",
        f"The {skipped.namespace} value cannot identify anybody ({skipped.reason})",
        path=path,
        received=value[:200],
        expected=_EXPECTED_PRIMARY,
    )
