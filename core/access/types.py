"""Values that cross this slice's border."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a console user, an API credential or the system itself."""

    kind: Literal["user", "client", "system"]
    id: str
    name: str


SYSTEM = Actor(kind="system", id="system", name="system")
