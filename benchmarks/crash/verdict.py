"""The count after the storm: what was acknowledged against what the stores hold."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg

from benchmarks.crash.sender import Message
from benchmarks.product import STREAM

_RECORDS = "SELECT seq, received_at, payload FROM journal_record WHERE stream = %s ORDER BY seq"
_REJECTS = "SELECT seq, code FROM journal_reject WHERE stream = %s"
_EVENTS = "SELECT event_id, seq FROM profile_event WHERE sandbox = %s"
_FRAGMENTS = (
    "SELECT i.value, f.effective_at, f.seq, f.document, p.document FROM profile_fragment f"
    " JOIN identity i ON i.id = f.identity JOIN profile p ON p.id = i.profile"
    " WHERE f.sandbox = %s"
)
_BATCHES = (
    "SELECT first_seq, last_seq, received, accepted, rejected, duplicates, skipped"
    " FROM pipeline_batch WHERE stream = %s ORDER BY last_seq"
)
_COUNTS = "SELECT name, sum(value)::bigint FROM metric_minute WHERE sandbox = %s GROUP BY name"


@dataclass(slots=True)
class Verdict:
    """Numbers of acknowledged records, and a line for each thing that is wrong."""

    acknowledged: int = 0
    merged: int = 0
    rejected: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing doubled, nothing else out of order."""
        return not (self.lost or self.doubled or self.wrong)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the stores hold, keyed by sequence number or event id."""

    records: dict[int, tuple[int, bytes]]
    rejects: dict[int, str]
    events: dict[str, int]
    fragments: dict[str, tuple[Any, ...]]
    batches: list[tuple[int, ...]]
    counts: dict[str, int]


def judge(connection: psycopg.Connection[Any], messages: Iterable[Message], tenant: str) -> Verdict:
    """Compare every acknowledgement with the journal, the effects and the traces."""
    stored = _read(connection)
    known = {message.payload: message for message in messages}
    verdict = Verdict()
    of_seq = {seq: known.get(payload) for seq, (_, payload) in stored.records.items()}
    strangers = [seq for seq, message in of_seq.items() if message is None]
    if strangers:
        verdict.wrong.append(f"{len(strangers)} records nobody sent, such as {strangers[:3]}")
    sent = {seq: message for seq, message in of_seq.items() if message is not None}
    _judge_promises(verdict, stored, known.values(), sent)
    _judge_events(verdict, stored, sent)
    _judge_members(verdict, stored, sent, tenant)
    _judge_traces(verdict, stored, sent)
    return verdict


def _read(connection: psycopg.Connection[Any]) -> _Stored:
    def rows(statement: str) -> list[tuple[Any, ...]]:
        return connection.execute(statement, [STREAM]).fetchall()

    return _Stored(
        {seq: (received_at, bytes(payload)) for seq, received_at, payload in rows(_RECORDS)},
        dict(rows(_REJECTS)),
        dict(rows(_EVENTS)),
        {row[0]: row[1:] for row in rows(_FRAGMENTS)},
        rows(_BATCHES),
        dict(rows(_COUNTS)),
    )


def _judge_promises(
    verdict: Verdict, stored: _Stored, messages: Iterable[Message], sent: dict[int, Message]
) -> None:
    """Each acknowledged number holds the message it was given for, and that has one fate."""
    copies = Counter(message.marker for message in sent.values())
    for message in messages:
        if message.refused:
            verdict.wrong.append(f"message {message.marker} ({message.kind}) was refused")
        if copies[message.marker] > len(message.acks) + message.unknown:
            verdict.doubled += 1
            verdict.wrong.append(f"message {message.marker} is stored more often than sent")
        for seq in message.acks:
            verdict.acknowledged += 1
            if sent.get(seq) is message:
                _judge_fate(verdict, message, seq, stored.rejects.get(seq))
            else:
                verdict.lost += 1


def _judge_fate(verdict: Verdict, message: Message, seq: int, code: str | None) -> None:
    """Valid ones are merged and all others rejected. Effects are judged by event and by person."""
    is_valid = message.kind in {"member", "event"}
    if code is None:
        verdict.merged += 1
    else:
        verdict.rejected += 1
    if is_valid != (code is None):
        verdict.wrong.append(f"record {seq} is of kind {message.kind}, and its reject says {code}")


def _judge_events(verdict: Verdict, stored: _Stored, sent: dict[int, Message]) -> None:
    """Of all copies of an event the first is the one that counts."""
    first: dict[str, tuple[int, int]] = {}
    copies = 0
    for seq, message in sent.items():
        if message.kind == "event" and seq not in stored.rejects:
            copies += 1
            name, order = f"{message.marker:020d}", (stored.records[seq][0], seq)
            first[name] = min(order, first.get(name, order))
    missing = first.keys() - stored.events.keys()
    verdict.lost += len(missing)
    verdict.merged -= len(missing)
    verdict.doubled += len(stored.events.keys() - first.keys())
    for name, (_, seq) in first.items():
        if name not in missing and stored.events[name] != seq:
            verdict.wrong.append(f"event {name} counts as {stored.events[name]}, came as {seq}")
    duplicates = sum(batch[5] for batch in stored.batches)
    if duplicates != copies - len(first):
        verdict.doubled += abs(duplicates - (copies - len(first)))
        verdict.wrong.append(f"{duplicates} duplicates counted, {copies - len(first)} sent")


def _judge_members(
    verdict: Verdict, stored: _Stored, sent: dict[int, Message], tenant: str
) -> None:
    """The newest record of a person is what fragment and profile show."""
    newest: dict[str, tuple[tuple[int, int], Message]] = {}
    for seq, message in sent.items():
        if message.kind == "member" and seq not in stored.rejects:
            name, order = f"M{message.person:09d}", (stored.records[seq][0], seq)
            if name not in newest or order > newest[name][0]:
                newest[name] = (order, message)
    for name, (order, message) in newest.items():
        row = stored.fragments.get(name)
        shown = [] if row is None else [orjson.loads(one) for one in row[2:]]
        points = [one.get(f"_{tenant}", {}).get("points") for one in shown]
        if points != [message.marker] * 2:
            verdict.lost += 1
            verdict.wrong.append(f"{name} shows {points}, not {message.marker} of {order}")


def _judge_traces(verdict: Verdict, stored: _Stored, sent: dict[int, Message]) -> None:
    """Each record went through the pipeline once: the micro-batches tile the journal."""
    following = 1
    for first, last, received, accepted, rejected, *_ in stored.batches:
        if first != following or received != last - first + 1 or accepted + rejected != received:
            verdict.wrong.append(f"micro-batch {first}-{last} follows {following - 1}")
        if first < following:
            verdict.doubled += following - first
        following = last + 1
    if following != len(stored.records) + 1 or sorted(stored.records) != list(range(1, following)):
        verdict.wrong.append(f"{len(stored.records)} records, but batches end at {following - 1}")
    counted = stored.counts.get("ingested", 0), stored.counts.get("rejected", 0)
    expected = len(sent) - len(stored.rejects), len(stored.rejects)
    if counted != expected:
        verdict.wrong.append(f"counters say {counted} ingested and rejected, not {expected}")
