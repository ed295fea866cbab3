"""The structure tree of a schema: only opened branches are drawn, each row is a link."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.schemas.words import type_word
from ingestion.xdm import paths
from ingestion.xdm.types import json_type

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """An identity at a field."""

    namespace: str
    primary: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known about fields besides their definitions, by path without array steps.

    `relations` name the schema a field refers to.
    """

    identities: Mapping[Path, Mark] = field(default_factory=dict)
    standard: Callable[[Path], bool] = lambda _path: False
    relations: Mapping[Path, str] = field(default_factory=dict)
    changed: frozenset[Path] = frozenset()
    fill: Mapping[Path, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the tree."""

    path: Path
    name: str
    title: str
    type_word: str
    level: int
    position: int
    siblings: int
    required: bool
    deprecated: bool
    standard: bool
    changed: bool
    identity: Mark | None
    relation: str
    fill: float | None
    expandable: bool
    expanded: bool
    selected: bool
    toggle: str
    select: str
    children: tuple["FieldRow", ...]

    @property
    def dotted(self) -> str:
        """The path as it stands in addresses."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class View:
    """What of the tree is shown: open branches and the selected field."""

    opened: frozenset[Path]
    selected: Path
    deprecated: bool = False

    def href(self, *, opened: frozenset[Path], selected: Path) -> str:
        """Query string of another view of the same tree."""
        parts = ["open=" + ",".join(sorted(".".join(path) for path in opened))] if opened else []
        if selected:
            parts.append("field=" + ".".join(selected))
        if self.deprecated:
            parts.append("deprecated=on")
        return "?" + "&".join(parts)


def read_view(params: Mapping[str, str], *, always: Iterator[Path] | None = None) -> View:
    """The view an address asks for; what leads to the selected field is open as well."""
    selected = split(params.get("field", ""))
    texts = params.get("open", "").split(",")[:200]
    opened = {split(text) for text in texts if text}
    if "open" not in params and always is not None:
        opened |= {path[:end] for path in always for end in range(1, len(path))}
    opened |= {selected[:end] for end in range(1, len(selected))}
    return View(frozenset(opened), selected, params.get("deprecated") == "on")


def split(text: str) -> Path:
    """`person.name` as steps."""
    return tuple(step for step in text.split(".") if step)


def inner(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where the fields below a node are: an array's are in its items."""
    while json_type(node) == "array":
        node = node.get("items") or {}
    return node


def find_node(tree: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    """The field at a path written without array steps."""
    node = tree
    for step in path:
        found = (inner(node).get("properties") or {}).get(step)
        if found is None:
            return None
        node = found
    return node


def full_path(tree: Mapping[str, Any], path: Path) -> paths.Path:
    """The same path with its array steps, as the registry writes it."""
    steps: list[str] = []
    node = tree
    for step in path:
        while json_type(node) == "array":
            steps.append(paths.ITEM)
            node = node.get("items") or {}
        steps.append(step)
        node = (node.get("properties") or {}).get(step) or {}
    return tuple(steps)


def rows_of(tree: Mapping[str, Any], view: View, marks: Marks) -> tuple[FieldRow, ...]:
    """Rows of the tree; branches that are not open have no children."""
    return tuple(_rows(tree, (), view, marks))


def _rows(node: Mapping[str, Any], at: Path, view: View, marks: Marks) -> Iterator[FieldRow]:
    holder = inner(node)
    required = holder.get("required") or ()
    shown = [
        (name, child)
        for name, child in sorted((holder.get("properties") or {}).items())
        if view.deprecated or child.get("meta:status") != "deprecated"
    ]
    for position, (name, child) in enumerate(shown, start=1):
        path = (*at, name)
        expandable = bool(inner(child).get("properties"))
        expanded = expandable and path in view.opened
        toggled = view.opened ^ {path} if expandable else view.opened
        yield FieldRow(
            path=path,
            name=name,
            title=str(child.get("title") or ""),
            type_word=type_word(child),
            level=len(path),
            position=position,
            siblings=len(shown),
            required=name in required,
            deprecated=child.get("meta:status") == "deprecated",
            standard=marks.standard(path),
            changed=path in marks.changed,
            identity=marks.identities.get(path),
            relation=marks.relations.get(path, ""),
            fill=marks.fill.get(path),
            expandable=expandable,
            expanded=expanded,
            selected=path == view.selected,
            toggle=view.href(opened=toggled, selected=view.selected) if expandable else "",
            select=_select(view, path, expandable=expandable),
            children=tuple(_rows(child, path, view, marks)) if expanded else (),
        )


def _select(view: View, path: Path, *, expandable: bool) -> str:
    """Selecting a closed object opens it, selecting it again closes it: enough without a script."""
    opened = view.opened
    if expandable and (path not in opened or path == view.selected):
        opened = opened ^ {path}
    return view.href(opened=opened, selected=path)
