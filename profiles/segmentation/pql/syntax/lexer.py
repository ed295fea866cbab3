"""Text to tokens."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.limits import MAX_INTEGER, MAX_TEXT_BYTES
from profiles.segmentation.pql.typed import Span


class TokenKind(StrEnum):
    """What sort of token; keywords are names until the parser needs them."""

    STRING = "string"
    NUMBER = "number"
    NAME = "name"
    PARAMETER = "parameter"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `value` is a string's or number's value, a parameter's position."""

    kind: TokenKind
    text: str
    at: Span
    value: str | int | float | None = None


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<parameter>\$[0-9]+)
    | (?P<symbol>=>|==|!=|<>|<=|>=|&&|\|\||[-=<>+*/%()\[\]{},.:!^])
    | (?P<string>["'])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_STRING_RUN = {quote: re.compile(rf"[^{quote}\\\n]*") for quote in "\"'"}
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_HEX = re.compile(r"[0-9a-fA-F]{4}")
# What other languages write, and what to write here.
_FOREIGN = {
    "==": "Use a single = to compare.",
    "<>": "Use != for 'is not'.",
    "&&": "Write and.",
    "||": "Write or.",
}
_CURLY_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"


def tokens(text: str) -> list[Token]:
    """The tokens of a query, the last of kind END; raises PqlError."""
    if len(text) > MAX_TEXT_BYTES or len(text.encode(errors="replace")) > MAX_TEXT_BYTES:
        raise PqlError(
            f"The query is longer than {MAX_TEXT_BYTES // 1024} KiB.", at=(0, 0), text=text
        )
    found: list[Token] = []
    place = 0
    try:
        while not found or found[-1].kind is not TokenKind.END:
            token = _next(text, place)
            found.append(token)
            place = token.at[1]
    except PqlError as error:
        raise error.within(text) from None
    return found


def _next(text: str, place: int) -> Token:
    match = _TOKEN.match(text, place)
    if match is None:
        raise _unknown(text, place)
    kind = TokenKind(str(match.lastgroup))
    at = match.span(kind)
    word = match[kind]
    match kind:
        case TokenKind.STRING:
            return _string(text, at[0])
        case TokenKind.NUMBER:
            return Token(kind, word, at, _number(word, at))
        case TokenKind.PARAMETER:
            return Token(kind, word, at, int(word[1:6]))
        case TokenKind.SYMBOL if word in _FOREIGN:
            raise PqlError(
                f"{word} is not an operator of PQL.", at=at, found=word, suggestion=_FOREIGN[word]
            )
        case _:
            return Token(kind, word, at)


def _unknown(text: str, place: int) -> PqlError:
    while text[place].isspace():
        place += 1
    char = text[place]
    suggestion = 'Write texts in straight quotes: "…".' if char in _CURLY_QUOTES else None
    return PqlError(
        f"The character {char!r} has no meaning here.",
        at=(place, place + 1),
        found=char,
        suggestion=suggestion,
    )


def _number(word: str, at: Span) -> int | float:
    # Python refuses to read more digits than this guard lets through.
    value = int(word) if word.isdigit() and len(word) < 40 else float(word)
    too_large = value > MAX_INTEGER if isinstance(value, int) else not math.isfinite(value)
    if too_large or (word.isdigit() and isinstance(value, float)):
        raise PqlError(
            f"The number {word[:20]} is too large to be exact.",
            at=at,
            found=word,
            suggestion="Write long codes as text, in quotes.",
        )
    return value


def _string(text: str, start: int) -> Token:
    quote = text[start]
    parts: list[str] = []
    place = start + 1
    while True:
        run = _STRING_RUN[quote].match(text, place)
        assert run is not None  # it matches the empty string
        parts.append(run[0])
        place = run.end()
        char = text[place : place + 1]
        if char == quote:
            break
        if char != "\\":
            raise PqlError(
                "This text is never closed.", at=(start, place), expected=quote, found=char or None
            )
        escaped, place = _escape(text, place)
        parts.append(escaped)
    value = "".join(parts)
    _check_characters(value, (start, place + 1))
    return Token(TokenKind.STRING, text[start : place + 1], (start, place + 1), value)


def _check_characters(value: str, at: Span) -> None:
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise PqlError("This text holds a character that no stored text can have.", at=at)


def _escape(text: str, place: int) -> tuple[str, int]:
    """The character an escape at `place` stands for, and where the text goes on."""
    char = text[place + 1 : place + 2]
    if char in _ESCAPES:
        return _ESCAPES[char], place + 2
    unit = _hex(text, place)
    if unit is None:
        raise PqlError(
            f"A text cannot hold the escape \\{char}.",
            at=(place, place + 2),
            found=f"\\{char}",
            suggestion="Double the backslash to write a backslash.",
        )
    low = _hex(text, place + 6)
    if 0xD800 <= unit < 0xDC00 and low is not None and 0xDC00 <= low < 0xE000:
        return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), place + 12
    return chr(unit), place + 6


def _hex(text: str, place: int) -> int | None:
    if not text.startswith("\\u", place):
        return None
    digits = _HEX.match(text, place + 2)
    return None if digits is None else int(digits[0], 16)
