"""What people and programs may say about roles, users and credentials."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleInput:
    """A role as it shall be. `sandboxes` are names; empty: all of them."""

    name: str
    description: str = ""
    permissions: tuple[str, ...] = ()
    sandboxes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserInput:
    """A person as they shall be. `roles` are role ids."""

    username: str
    name: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
