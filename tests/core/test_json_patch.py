from typing import Any

import pytest

from core.json_patch import PatchError, PatchTestFailed, apply_patch, json_equal


def op(name: str, path: str, **more: Any) -> dict[str, Any]:
    return {"op": name, "path": path, **more}


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({"a": 1}, op("add", "/b", value=2), {"a": 1, "b": 2}),
        ({"a": 1}, op("add", "/a", value=2), {"a": 2}),
        ({"a": [1, 3]}, op("add", "/a/1", value=2), {"a": [1, 2, 3]}),
        ({"a": [1]}, op("add", "/a/-", value=2), {"a": [1, 2]}),
        ({"a": [1]}, op("add", "/a/1", value=2), {"a": [1, 2]}),
        ({"a": 1}, op("add", "", value=[]), []),
        ({"a": 1}, op("add", "/b", value=None), {"a": 1, "b": None}),
        ({"": 1}, op("replace", "/", value=2), {"": 2}),
        (
            {"a/b": {"c~d": 1}},
            op("replace", "/a~1b/c~0d", value=2),
            {"a/b": {"c~d": 2}},
        ),
        ({"meta:x": [1]}, op("add", "/meta:x/-", value=2), {"meta:x": [1, 2]}),
        ({"a": 1, "b": 2}, op("remove", "/a"), {"b": 2}),
        ({"a": [1, 2, 3]}, op("remove", "/a/1"), {"a": [1, 3]}),
        ({"a": [1, 2]}, op("replace", "/a/0", value=9), {"a": [9, 2]}),
        ({"a": 1}, op("replace", "", value={"b": 1}), {"b": 1}),
        ({"a": {"b": 1}}, op("move", "/c", **{"from": "/a/b"}), {"a": {}, "c": 1}),
        ({"a": [1, 2, 3]}, op("move", "/a/2", **{"from": "/a/0"}), {"a": [2, 3, 1]}),
        ({"a": 1}, op("move", "/a", **{"from": "/a"}), {"a": 1}),
        (
            {"a": {"b": 1}},
            op("copy", "/c", **{"from": "/a"}),
            {"a": {"b": 1}, "c": {"b": 1}},
        ),
        (
            {"a": {"b": [1, "x"]}},
            op("test", "/a", value={"b": [1.0, "x"]}),
            {"a": {"b": [1, "x"]}},
        ),
    ],
)
def test_applies_operation(document: Any, operation: dict[str, Any], expected: Any) -> None:
    assert apply_patch(document, [operation]) == expected


@pytest.mark.parametrize(
    "operations",
    [
        {"op": "add", "path": "/a", "value": 1},
        ["add"],
        [{"op": "add", "value": 1}],
        [op("add", "a", value=1)],
        [op("add", "/x/y", value=1)],
        [op("add", "/b")],
        [op("add", "/list/3", value=1)],
        [op("add", "/list/01", value=1)],
        [op("add", "/list/-1", value=1)],
        [op("add", "/list/" + "9" * 5000, value=1)],
        [op("add", "/list/²", value=1)],
        [op("add", "/a/b", value=1)],
        [op("remove", "/gone")],
        [op("remove", "/list/2")],
        [op("remove", "/list/-")],
        [op("replace", "/gone", value=1)],
        [op("move", "/b", **{"from": "/gone"})],
        [op("move", "/object/x", **{"from": "/object"})],
        [op("copy", "/b")],
        [op("merge", "/a", value=1)],
    ],
)
def test_refuses_patch(operations: Any) -> None:
    document = {"a": 1, "list": [1, 2], "object": {}}
    with pytest.raises(PatchError):
        apply_patch(document, operations)
    assert document == {"a": 1, "list": [1, 2], "object": {}}


def test_a_failed_test_names_operation_and_path() -> None:
    with pytest.raises(PatchTestFailed) as caught:
        apply_patch({"a": 1}, [op("add", "/b", value=2), op("test", "/a", value=True)])
    assert caught.value.fields == {"operation": 1, "path": "/a"}


def test_values_of_a_patch_are_copied() -> None:
    value: dict[str, Any] = {"x": []}
    patched = apply_patch({}, [op("add", "/a", value=value), op("copy", "/b", **{"from": "/a"})])
    patched["a"]["x"].append(1)
    assert value == {"x": []}
    assert patched["b"] == {"x": []}


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, False, False),
        ([1, {"a": None}], [1, {"a": None}], True),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ("1", 1, False),
    ],
)
def test_json_equality(first: Any, second: Any, equal: Any) -> None:
    assert json_equal(first, second) is equal
