"""Going through typed nodes."""

from collections.abc import Iterator
from dataclasses import fields
from typing import get_args

from profiles.segmentation.pql.typed import Binding, Link, Typed

_NODES = get_args(Typed)
_HOLDERS = (Binding, Link)
_NAMES = {
    kind: tuple(field.name for field in fields(kind) if field.name not in ("type", "at"))
    for kind in (*_NODES, *_HOLDERS)
}


def children(node: Typed | Binding | Link) -> Iterator[Typed]:
    """The nodes directly below one, in the order they are evaluated."""
    for name in _NAMES[type(node)]:
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, _NODES):
                yield part
            elif isinstance(part, _HOLDERS):
                yield from children(part)


def walk(root: Typed) -> Iterator[Typed]:
    """A node and all below it, outer nodes first, in the order of the text."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(list(children(node))))
