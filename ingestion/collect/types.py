"""Values between the parts of the collector."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from ingestion.connections.types import InletInfo
from ingestion.journal.types import Append


class Headers(Protocol):
    """Request headers by lower-case name, of any server."""

    def get(self, key: str, /) -> Any: ...


class Request(msgspec.Struct, frozen=True, gc=False):
    """A POST to an inlet. `received_at` in µs."""

    headers: Headers
    query: str
    body: bytes
    received_at: int
    request_id: str
    is_batch: bool


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What goes back to the sender: status, JSON body, headers beside the constant ones."""

    status: int
    body: bytes
    headers: Sequence[tuple[str, str]] = ()


class Received(msgspec.Struct, frozen=True, gc=False):
    """A request that may be stored. `refusals` are texts by index of a batch's bad messages.

    `append` is None when nothing of a batch is left; `validate` names the answer's key when the
    sender asked for validation first.
    """

    inlet: InletInfo
    append: Append | None
    size: int
    refusals: Mapping[int, str]
    validate: str | None = None


class Refused(Exception):
    """A request that is not taken: the status and the body's parts."""

    def __init__(
        self,
        status: int,
        title: str,
        message: str,
        *,
        service: str = "data-collection-service/inlet",
        headers: Sequence[tuple[str, str]] = (),
        cause: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.title = title
        self.message = message
        self.service = service
        self.headers = headers
        self.cause = cause
