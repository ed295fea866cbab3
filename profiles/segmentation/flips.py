"""Which audiences a change of attributes can move, found without evaluating them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from profiles.segmentation.pql.attribute_tests import AttributeTest
from profiles.segmentation.pql.evaluate import new_compiler
from profiles.segmentation.pql.facts import Document, Facts
from profiles.store.fragments import OUTLINE_DEPTH, Path

_NONE: frozenset[Any] = frozenset()
type _Place = Callable[[list[float], float], int]


class Readers[Reader]:
    """Who reads what, to be found by the outline of a change."""

    def __init__(self, entries: Iterable[tuple[Path, Reader]]) -> None:
        self._below: dict[Path, set[Reader]] = {}
        # Of a top-level field as a whole.
        self._whole: dict[str, set[Reader]] = {}
        for path, reader in entries:
            for length in range(1, min(len(path), OUTLINE_DEPTH) + 1):
                self._below.setdefault(path[:length], set()).add(reader)
            if len(path) == 1:
                self._whole.setdefault(path[0], set()).add(reader)

    def of(self, paths: Iterable[Path]) -> set[Reader]:
        """Those that read anything on these paths."""
        found: set[Reader] = set()
        for path in paths:
            found |= self._below.get(path, _NONE)
            if len(path) > 1:
                found |= self._whole.get(path[0], _NONE)
        return found


class Flips:
    """Tests of attributes by audiences, sorted so that those a change flips lie together."""

    def __init__(self, tests: Iterable[tuple[int, AttributeTest]]) -> None:
        by_names: dict[Path, list[tuple[int, AttributeTest]]] = {}
        for number, test in tests:
            by_names.setdefault(test.names, []).append((number, test))
        self._tested = Readers((names, _Tested(found)) for names, found in by_names.items())

    def of(self, before: Document, after: Document, paths: Iterable[Path]) -> set[int]:
        """Audiences with a test that answers otherwise; maybe some with none."""
        found: set[int] = set()
        tested = self._tested.of(paths)
        if tested:
            old, new = Facts(before, now=0), Facts(after, now=0)
            for one in tested:
                one.add_flipped(found, old, new)
        return found


class _Scale:
    """Tests of one sign, by their constants; those that hold are the first or the last ones."""

    def __init__(self, tests: list[tuple[float, int]], place: _Place, *, first: bool) -> None:
        tests.sort()
        self._constants = [constant for constant, _ in tests]
        self._numbers = [number for _, number in tests]
        self._place = place
        self._nowhere = 0 if first else len(tests)

    def between(self, before: float | None, after: float | None) -> list[int]:
        """Audiences whose tests hold for one of the two values alone."""
        one, other = self._place_of(before), self._place_of(after)
        return self._numbers[one:other] if one < other else self._numbers[other:one]

    def _place_of(self, value: float | None) -> int:
        return self._nowhere if value is None else self._place(self._constants, value)


# Where the tests that hold end (begin, for the last two): `>` holds for all constants below.
_SCALES: Mapping[str, tuple[_Place, bool]] = {
    ">": (bisect_left, True),
    ">=": (bisect_right, True),
    "<": (bisect_right, False),
    "<=": (bisect_left, False),
}


class _Tested:
    """All tests of one attribute."""

    def __init__(self, tests: list[tuple[int, AttributeTest]]) -> None:
        self._read = new_compiler().closure(tests[0][1].attribute)
        self._scales = [
            _Scale(found, place, first=first)
            for sign, (place, first) in _SCALES.items()
            if (found := [(one.constants[0], n) for n, one in tests if one.sign == sign])
        ]
        self._among: dict[Any, set[int]] = {}
        for number, test in tests:
            if test.sign in ("among", "not among"):
                for constant in test.constants:
                    self._among.setdefault(constant, set()).add(number)
        self._not_among = {number for number, test in tests if test.sign == "not among"}

    def add_flipped(self, found: set[int], old: Facts, new: Facts) -> None:
        before, after = self._read(old), self._read(new)
        if before == after:
            return
        for scale in self._scales:
            found.update(scale.between(before, after))
        found |= self._named(before) | self._named(after)
        if before is None or after is None:
            found |= self._not_among

    def _named(self, value: Any) -> AbstractSet[int]:
        return self._among.get(value, _NONE)
