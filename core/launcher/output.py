"""What a person sees: state lines, and the processes' own lines behind their names."""

import os
import sys
from typing import TextIO

WIDTH = 9
COLORS = {"postgres": 34, "broker": 35, "collector": 32, "console": 36, "profile": 33, "tasks": 33}


class Screen:
    """Writes whole lines; colours only for a terminal that did not decline them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colored = self._stream.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str) -> None:
        """A line some process wrote."""
        self._write(f"{self._paint(name.ljust(WIDTH), COLORS.get(name, 37))} │ {text}")

    def state(self, name: str, text: str, *, sign: str = "✓") -> None:
        """A process changed state."""
        color = {"✓": 32, "✗": 31}.get(sign, 33)
        self._write(f"{self._paint(sign, color)} {name.ljust(WIDTH)}  {text}")

    def plain(self, text: str) -> None:
        """A line of our own."""
        self._write(text)

    def _paint(self, text: str, color: int) -> str:
        return f"\033[{color}m{text}\033[0m" if self._colored else text

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (BrokenPipeError, OSError):
            # Whoever read our lines is gone; that is no reason to stop the product.
            self._stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
