"""What other layers put into a sandbox. They register here, since core knows none of them."""

from collections.abc import Callable

from core.sandboxes.models import Sandbox

Preparer = Callable[[Sandbox], None]
# Copies what it knows from the first sandbox into the second; answers counts by kind.
Copier = Callable[[Sandbox, Sandbox], dict[str, int]]
_preparers: list[Preparer] = []
_copiers: list[Copier] = []
_cleaners: list[Preparer] = []


def on_sandbox_created(preparer: Preparer) -> Preparer:
    """Run `preparer` in the transaction of every sandbox creation (register in `ready`)."""
    if preparer not in _preparers:
        _preparers.append(preparer)
    return preparer


def prepare(sandbox: Sandbox) -> None:
    """Fill a new sandbox with the defaults of every layer."""
    for preparer in _preparers:
        preparer(sandbox)


def on_configuration_copied(copier: Copier) -> Copier:
    """Run `copier` in the transaction of every copy of a configuration (register in `ready`)."""
    if copier not in _copiers:
        _copiers.append(copier)
    return copier


def copy(source: Sandbox, target: Sandbox) -> dict[str, int]:
    """Copy the configuration of every layer; counts by kind."""
    counts: dict[str, int] = {}
    for copier in _copiers:
        counts |= copier(source, target)
    return counts


def on_sandbox_wiped(cleaner: Preparer) -> Preparer:
    """Run `cleaner` in the transaction of every wipe, before rows go: for what is in no table."""
    if cleaner not in _cleaners:
        _cleaners.append(cleaner)
    return cleaner


def clean(sandbox: Sandbox) -> None:
    """Let every layer see to what it keeps outside the database."""
    for cleaner in _cleaners:
        cleaner(sandbox)
