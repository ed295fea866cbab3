"""A cursor over tokens, and the words the grammar gives a meaning."""

from typing import NoReturn

from profiles.segmentation.pql.errors import PqlError
from profiles.segmentation.pql.syntax.lexer import Token, TokenKind
from profiles.segmentation.pql.typed import Span

_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
# Every spelling of a unit, to the one the rest of the compiler uses.
UNITS = {
    **{unit: unit for unit in (*_UNITS, "decade", "century", "millennium")},
    **{f"{unit}s": unit for unit in (*_UNITS, "decade")},
    "centuries": "century",
    "millennia": "millennium",
}
SHIFTS = ("this", "last", "next")
DAYS = ("now", "today", "yesterday", "tomorrow")
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
# Words that join or end expressions: never a bare name.
INFIX = frozenset({"and", "or", "in", "notIn", "like", "occurs", "where", "from", "over"})
RESERVED = INFIX | {"not", "let", "if", "select", "true", "false", "null", *DAYS, "this"}


class Stream:
    """Tokens of one text, read from the left."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0

    def peek(self, ahead: int = 0) -> Token:
        """The token `ahead` of the next one; -1 is the one taken last, the first one before it."""
        return self._tokens[max(0, min(self._index + ahead, len(self._tokens) - 1))]

    def next(self) -> Token:
        """Take the next token; the last one is never used up."""
        token = self.peek()
        if token.kind is not TokenKind.END:
            self._index += 1
        return token

    def end(self) -> int:
        """Where the token taken last ends."""
        return self._tokens[self._index - 1].at[1] if self._index else 0

    def from_(self, start: int) -> Span:
        """The span from `start` to the token taken last."""
        return start, self.end()

    def at_symbol(self, *texts: str, ahead: int = 0) -> bool:
        """Is one of these symbols next?"""
        token = self.peek(ahead)
        return token.kind is TokenKind.SYMBOL and token.text in texts

    def at_word(self, *words: str, ahead: int = 0) -> bool:
        """Is one of these words next?"""
        token = self.peek(ahead)
        return token.kind is TokenKind.NAME and token.text in words

    def at_name(self, ahead: int = 0) -> bool:
        """Is a word next that can name something?"""
        token = self.peek(ahead)
        return token.kind is TokenKind.NAME and token.text not in RESERVED

    def take(self, *texts: str) -> Token | None:
        """Take the next token if it is one of these symbols or words."""
        if self.at_symbol(*texts) or self.at_word(*texts):
            return self.next()
        return None

    def expect(self, text: str, *, suggestion: str | None = None) -> Token:
        """Take this symbol or word, or complain."""
        taken = self.take(text)
        if taken is None:
            self.fail(f'"{text}"', suggestion=suggestion)
        return taken

    def expect_name(self, what: str) -> Token:
        """Take a word that can name something, or complain."""
        if not self.at_name():
            self.fail(what)
        return self.next()

    def expect_integer(self, what: str) -> int:
        """Take a whole number, or complain."""
        token = self.peek()
        if not isinstance(token.value, int) or token.kind is not TokenKind.NUMBER:
            self.fail(what)
        self.next()
        return token.value

    def fail(self, expected: str, *, suggestion: str | None = None) -> NoReturn:
        """Complain about the next token."""
        token = self.peek()
        ended = token.kind is TokenKind.END
        found = "the end of the query" if ended else f'"{token.text[:40]}"'
        raise PqlError(
            f"Expected {expected} but found {found}.",
            at=token.at,
            expected=expected,
            found=found,
            suggestion=suggestion,
        )
