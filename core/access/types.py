"""Values that cross this slice's border."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Grant:
    """What one role allows, and in which sandboxes (their numbers; None: in all of them)."""

    permissions: frozenset[str]
    sandboxes: frozenset[int] | None = None

    def covers(self, sandbox: int | None) -> bool:
        """Whether it counts there; None means the organization as a whole."""
        return self.sandboxes is None or sandbox is None or sandbox in self.sandboxes


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a console user, an API credential or the system itself."""

    kind: Literal["user", "client", "system"]
    id: str
    name: str
    grants: tuple[Grant, ...] = ()

    def may(self, permission: str, sandbox: int | None) -> bool:
        """Whether a role allows this in the sandbox of this number; the system may do all."""
        return self.kind == "system" or any(
            permission in grant.permissions and grant.covers(sandbox) for grant in self.grants
        )

    def sees(self, sandbox: int) -> bool:
        """Whether any role reaches into this sandbox: the others do not exist for the actor."""
        return self.kind == "system" or any(grant.covers(sandbox) for grant in self.grants)


SYSTEM = Actor(kind="system", id="system", name="system")
