"""What stops a start: always a sentence and a hint, never a traceback."""


class LaunchError(Exception):
    """The product cannot start; `hint` says what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
