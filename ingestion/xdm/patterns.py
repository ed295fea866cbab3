r"""Makes texts that match a regular expression, for the part of the syntax schemas use.

Read: literals, `.`, classes, `\d \w \s` and opposites, groups, `|`, quantifiers, `^ $ \b`.
Not read: look-around, back references, named classes. Printable ASCII only.
"""

import string
from collections.abc import Callable
from random import Random

Maker = Callable[[Random], str]

_PRINTABLE = "".join(chr(code) for code in range(32, 127))
_WORD = string.ascii_letters + string.digits + "_"
_CLASSES = {"d": string.digits, "w": _WORD, "s": " "}
_CLASSES |= {
    name.upper(): "".join(c for c in _PRINTABLE if c not in members)
    for name, members in _CLASSES.items()
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_MORE = 4  # how far an open repetition goes beyond its least count


class PatternError(ValueError):
    """A pattern outside the syntax that is read."""


def text_for(pattern: str, *, random: Random) -> str:
    """One text the pattern matches; anchors hold as the text is nothing but the match."""
    reader = _Reader(pattern)
    make = reader.alternatives()
    if reader.rest():
        raise PatternError(f"Unexpected {reader.rest()!r} in {pattern!r}")
    return make(random)


class _Reader:
    """Recursive descent over the pattern; every method returns a maker of what it read."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def rest(self) -> str:
        return self._pattern[self._at :]

    def _take(self, token: str) -> bool:
        found = self._pattern.startswith(token, self._at)
        self._at += len(token) * found
        return found

    def _next(self) -> str:
        if self._at >= len(self._pattern):
            raise PatternError(f"Unexpected end of {self._pattern!r}")
        self._at += 1
        return self._pattern[self._at - 1]

    def alternatives(self) -> Maker:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return lambda random: random.choice(options)(random)

    def _sequence(self) -> Maker:
        parts: list[Maker] = []
        while self.rest() and self.rest()[0] not in "|)":
            parts.append(self._repeated(self._atom()))
        return lambda random: "".join(part(random) for part in parts)

    def _repeated(self, atom: Maker) -> Maker:
        limits = self._limits()
        if limits is None:
            return atom
        if not self._take("?"):  # lazy, same texts
            self._take("+")  # possessive, some texts
        low, high = limits
        return lambda random: "".join(atom(random) for _ in range(random.randint(low, high)))

    def _limits(self) -> tuple[int, int] | None:
        for token, limits in (("?", (0, 1)), ("*", (0, _MORE)), ("+", (1, 1 + _MORE))):
            if self._take(token):
                return limits
        head, brace, _ = self.rest().partition("}")
        low, comma, high = head.removeprefix("{").partition(",")
        if not (brace and head.startswith("{") and low.isdigit()):
            return None
        self._at += len(head) + 1
        if not comma:
            return int(low), int(low)
        return int(low), int(high) if high else int(low) + _MORE

    def _atom(self) -> Maker:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return _one_of(self._class())
            case "\\":
                return self._escaped()
            case "^" | "$":
                return _nothing
            case ".":
                return _one_of(_PRINTABLE)
            case "*" | "+" | "?":
                raise PatternError(f"Nothing to repeat in {self._pattern!r}")
            case _:
                return lambda _random: char

    def _group(self) -> Maker:
        if self._take("?") and not self._take(":"):
            raise PatternError(f"Special group in {self._pattern!r}")
        inner = self.alternatives()
        if not self._take(")"):
            raise PatternError(f"Group never closed in {self._pattern!r}")
        return inner

    def _escaped(self) -> Maker:
        char = self._next()
        if char in "bB":
            return _nothing
        return _one_of(self._meant_by(char))

    def _meant_by(self, char: str) -> str:
        """The characters a backslash with this character stands for."""
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in "ux":
            width = 4 if char == "u" else 2
            return chr(int("".join(self._next() for _ in range(width)), 16))
        if char.isalnum():
            raise PatternError(f"Unknown escape \\{char} in {self._pattern!r}")
        return char

    def _class(self) -> str:
        negated = self._take("^")
        members = ""
        while not self._take("]"):
            first = self._member()
            if self.rest().startswith("-") and not self.rest().startswith("-]"):
                self._next()
                last = self._member()
                first = "".join(chr(code) for code in range(ord(first), ord(last) + 1))
            members += first
        if negated:
            members = "".join(char for char in _PRINTABLE if char not in members)
        if not members:
            raise PatternError(f"Empty class in {self._pattern!r}")
        return members

    def _member(self) -> str:
        char = self._next()
        return self._meant_by(self._next()) if char == "\\" else char


def _nothing(_random: Random) -> str:
    return ""


def _one_of(members: str) -> Maker:
    return lambda random: random.choice(members)
