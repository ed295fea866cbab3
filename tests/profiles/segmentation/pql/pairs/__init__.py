"""Queries and what is expected of them, in blocks of lines with an empty line between."""

from pathlib import Path

_FOLDER = Path(__file__).parent


def blocks(name: str) -> list[tuple[str, ...]]:
    """The blocks of a file, each as its lines."""
    text = (_FOLDER / name).read_text()
    return [tuple(block.splitlines()) for block in text.strip("\n").split("\n\n")]


def lines(name: str) -> list[str]:
    """The lines of a file."""
    return (_FOLDER / name).read_text().splitlines()
