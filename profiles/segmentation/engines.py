"""Which function does which kind of work. Registered in `ready`; the control plane knows none."""

from collections.abc import Callable

from django.utils.module_loading import import_string

from core.errors import AppError
from profiles.segmentation.work_types import (
    ComputedResult,
    ComputedWork,
    ExportResult,
    ExportWork,
    ImportResult,
    ImportWork,
    JobResult,
    JobWork,
    PreviewResult,
    PreviewWork,
    Report,
)

Evaluator = Callable[[JobWork, Report], JobResult]
Previewer = Callable[[PreviewWork, Report], PreviewResult]
Exporter = Callable[[ExportWork, Report], ExportResult]
Importer = Callable[[ImportWork, Report], ImportResult]
Computer = Callable[[ComputedWork, Report], ComputedResult]
# Drops all memberships of the audience with this number.
Forgetter = Callable[[int], None]


class NoEngine(AppError):
    """This installation has nothing that does this kind of work."""

    code = "no_engine"


class Slot[Engine]:
    """The place of one engine."""

    def __init__(self, work: str) -> None:
        self._work = work
        self._engine: Engine | str | None = None

    def install(self, engine: Engine | str) -> None:
        """Use this engine from now on; a dotted name is imported when it is needed first.

        Engines load libraries of a hundred megabytes that most processes never use.
        """
        self._engine = engine

    def remove(self) -> None:
        """Use none."""
        self._engine = None

    @property
    def is_installed(self) -> bool:
        """Whether there is one."""
        return self._engine is not None

    @property
    def engine(self) -> Engine:
        """The engine; raises NoEngine."""
        if self._engine is None:
            raise NoEngine(f"Nothing is installed that {self._work}.")
        if isinstance(self._engine, str):
            loaded: Engine = import_string(self._engine)
            self._engine = loaded
            return loaded
        return self._engine


evaluator: Slot[Evaluator] = Slot("evaluates audiences")
previewer: Slot[Previewer] = Slot("previews audiences")
exporter: Slot[Exporter] = Slot("exports profiles")
importer: Slot[Importer] = Slot("imports members")
forgetter: Slot[Forgetter] = Slot("forgets members")
computer: Slot[Computer] = Slot("evaluates computed attributes")
