"""The standard (`global`) XDM resources, read from the files in `data/`. Pure: no database."""

from functools import cache
from importlib.resources import files

from ingestion.xdm.library.notation import Entry, parse
from ingestion.xdm.library.resources import LIBRARY_VERSION, Json, build

__all__ = ["LIBRARY_VERSION", "load_library"]


@cache
def load_library() -> tuple[Json, ...]:
    """All resources in the registry's shape, data types first, classes and field groups last.

    The answer is shared: copy a resource before changing it.
    """
    return tuple(build(entry) for entry in _entries())


def _entries() -> list[Entry]:
    folder = files(__package__) / "data"
    texts = sorted((f for f in folder.iterdir() if f.name.endswith(".xdm")), key=lambda f: f.name)
    return [entry for text in texts for entry in parse(text.read_text(encoding="utf-8"))]
