"""What is wrong with a query, where, and what to write instead."""

from core.errors import Invalid
from profiles.segmentation.pql.typed import Span


class PqlError(Invalid):
    """A query that cannot be used.

    `reason` is the sentence alone; `message` puts line and column before it and the suggestion
    after it. `start` and `end` are offsets in characters into the text, `line` and `column`
    count from 1. `fields` holds all of it for programs.
    """

    code = "invalid_pql"

    def __init__(
        self,
        reason: str,
        *,
        at: Span,
        text: str = "",
        expected: str | None = None,
        found: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        self.reason = reason
        self.start, self.end = at
        self.line, self.column = line_and_column(text, self.start)
        self.expected = expected
        self.found = found
        self.suggestion = suggestion
        sentence = f"{reason} {suggestion}" if suggestion else reason
        super().__init__(
            f"line {self.line}, column {self.column}: {sentence}",
            start=self.start,
            end=self.end,
            line=self.line,
            column=self.column,
            expected=expected,
            found=found,
            suggestion=suggestion,
        )

    def within(self, text: str) -> "PqlError":
        """The same error with its place in `text`."""
        return PqlError(
            self.reason,
            at=(self.start, self.end),
            text=text,
            expected=self.expected,
            found=self.found,
            suggestion=self.suggestion,
        )


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
