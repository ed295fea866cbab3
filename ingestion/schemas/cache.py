"""Compiled schemas of this process, dropped when the configuration changes."""

from threading import Lock

from ingestion.xdm.validator import CompiledSchema

_Key = tuple[int, str]


class _CompiledSchemas:
    def __init__(self) -> None:
        self._lock = Lock()
        self._generation = 0
        self._schemas: dict[_Key, CompiledSchema] = {}

    def find(self, key: _Key) -> CompiledSchema | None:
        return self._schemas.get(key)

    def generation(self) -> int:
        return self._generation

    def keep(self, key: _Key, compiled: CompiledSchema, *, generation: int) -> None:
        """Remember unless something changed while it was being compiled."""
        with self._lock:
            if generation == self._generation:
                self._schemas[key] = compiled

    def clear(self) -> None:
        with self._lock:
            self._generation += 1
            self._schemas = {}


_compiled = _CompiledSchemas()
find = _compiled.find
keep = _compiled.keep
generation = _compiled.generation
invalidate = _compiled.clear
