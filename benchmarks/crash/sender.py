"""Clients that remember what they were promised: every acknowledgement is kept with its number.

A message is acknowledged by a 200, or by its line of a 207 without a status. Anything else says
nothing: it may be stored or not. Events are then sent again until acknowledged, as a careful client
does; records of members are not.
"""

import http.client
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson

from benchmarks.world import World

Kind = Literal["member", "event", "invalid", "poison"]

PEOPLE = 300
PATIENCE_S = 20.0
PAUSE_S = 0.1
FINISH_S = 90.0
# No record that passes admission is known to be too much for the store, so it gets two rules.
POISON = (
    "ALTER TABLE profile_event ADD CONSTRAINT no_poison CHECK (event_id NOT LIKE 'poison%')",
    "ALTER TABLE identity ADD CONSTRAINT no_poison CHECK (value NOT LIKE 'poison%')",
)


@dataclass(slots=True)
class Message:
    """One message, and all a client knows of it; `acks` are sequence numbers."""

    marker: int
    kind: Kind
    person: int
    payload: bytes
    acks: list[int] = field(default_factory=list)
    unknown: int = 0
    refused: int = 0


class Maker:
    """Makes messages; each has a number of its own."""

    def __init__(self, world: World, *, seed: int) -> None:
        self._world = world
        self._source = random.Random(seed)
        self._lock = threading.Lock()
        self._last = 0

    def make(self) -> Message:
        """Mostly events and updates of a few people, some invalid, now and then poison."""
        with self._lock:
            self._last += 1
            marker, source, world = self._last, self._source, self._world
            person, dice = source.randrange(1, PEOPLE), source.random()
            if dice < 0.4:
                payload = world.member(person, points=marker)
                if dice < 0.1:
                    payload = payload.replace(
                        b'"datasetId"', b'"operations":{"data":"merge"},"datasetId"', 1
                    )
                return Message(marker, "member", person, payload)
            if dice < 0.95:
                make = world.purchase if dice < 0.6 else world.visit
                return Message(marker, "event", person, make(marker, person))
            if dice < 0.998:
                return Message(marker, "invalid", person, world.member(person, points=-marker))
            return Message(marker, "poison", person, self._poison(marker))

    def _poison(self, marker: int) -> bytes:
        """Valid to every rule, and refused by the store: see `POISON`."""
        text = b"poison%d" % marker
        if marker % 2:
            return self._world.visit(marker, 1).replace(b"%020d" % marker, text, 1)
        return self._world.member(1, points=marker).replace(b"M%09d" % 1, text, 1)


class Client(threading.Thread):
    """Sends until told to stop, then until each of its events is acknowledged."""

    def __init__(self, world: World, maker: Maker, *, batch: int, rate: float, seed: int) -> None:
        super().__init__(name=f"client-{seed}", daemon=True)
        self.messages: list[Message] = []
        self._world = world
        self._maker = maker
        self._batch = batch
        self._pause = batch / rate
        self._source = random.Random(seed)
        self._ending = threading.Event()
        self._again: deque[Message] = deque()
        parts = urlsplit(world.inlet_url)
        self._connect: Callable[[], http.client.HTTPConnection] = lambda: (
            http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
        )
        self._connection = self._connect()

    def stop(self) -> None:
        """Start nothing new."""
        self._ending.set()

    def run(self) -> None:
        due = time.monotonic()
        while not self._ending.is_set():
            self._send(self._next(fresh=True))
            due = max(due + self._pause, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
        until = time.monotonic() + FINISH_S
        while self._again and time.monotonic() < until:
            self._send(self._next(fresh=False))
        self._connection.close()

    def _next(self, *, fresh: bool) -> list[Message]:
        """What failed before first; then new messages."""
        group = [self._again.popleft() for _ in range(min(len(self._again), self._batch))]
        while fresh and len(group) < self._batch:
            message = self._maker.make()
            self.messages.append(message)
            group.append(message)
        return group

    def _send(self, group: list[Message]) -> None:
        status, body = self._post(group)
        if status == 200:
            self._acknowledge(group[0], body["xactionId"])
        elif status == 207:
            for message, line in zip(group, body["responses"], strict=True):
                if "status" in line:
                    message.refused += 1
                else:
                    self._acknowledge(message, line["xactionId"].rpartition("-")[0])
        elif 400 <= status < 500:
            for message in group:
                message.refused += 1
        else:
            for message in group:
                message.unknown += 1
            self._again.extend(one for one in group if one.kind == "event")
            time.sleep(PAUSE_S)

    def _acknowledge(self, message: Message, transaction: str) -> None:
        message.acks.append(int(transaction.rpartition(":")[2]))
        # Some clients send again what was stored: they lost the answer.
        if message.kind == "event" and len(message.acks) == 1 and self._source.random() < 0.05:
            self._again.append(message)

    def _post(self, group: list[Message]) -> tuple[int, dict[str, Any]]:
        """Status and body; 0 when no whole answer came."""
        if self._batch == 1:
            path, body = urlsplit(self._world.inlet_url).path, group[0].payload
        else:
            path = urlsplit(self._world.batch_url).path
            body = b'{"messages":[' + b",".join(one.payload for one in group) + b"]}"
        try:
            self._connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            return answer.status, orjson.loads(answer.read())
        except (OSError, http.client.HTTPException, orjson.JSONDecodeError):
            self._connection.close()
            self._connection = self._connect()
            return 0, {}
