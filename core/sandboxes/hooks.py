"""What other layers put into a new sandbox. They register here, since core knows none of them."""

from collections.abc import Callable

from core.sandboxes.models import Sandbox

Preparer = Callable[[Sandbox], None]
_preparers: list[Preparer] = []


def on_sandbox_created(preparer: Preparer) -> Preparer:
    """Run `preparer` in the transaction of every sandbox creation (register in `ready`)."""
    if preparer not in _preparers:
        _preparers.append(preparer)
    return preparer


def prepare(sandbox: Sandbox) -> None:
    """Fill a new sandbox with the defaults of every layer."""
    for preparer in _preparers:
        preparer(sandbox)
