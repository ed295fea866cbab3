"""Regular expressions that strangers write: matched in time linear in the text (RE2)."""

from functools import lru_cache
from typing import Any

import re2

from core.errors import Invalid

MOST_CHARS = 1000


def compile_pattern(pattern: str, *, path: str) -> Any:
    """The compiled pattern, for its `search`; raises Invalid that names `path`.

    RE2 knows no look-around and no back references.
    """
    if len(pattern) > MOST_CHARS:
        text = f"{path}: a regular expression has at most {MOST_CHARS} characters"
        raise Invalid(text, path=path, received=f"{len(pattern)} characters")
    try:
        return _compile(pattern)
    except (re2.error, UnicodeEncodeError) as error:
        why = error.args[0] if isinstance(error, re2.error) else "it is no text"
        why = why.decode("utf-8", "replace") if isinstance(why, bytes) else why
        text = f"{path}: {pattern} is not a regular expression: {why}"
        raise Invalid(text, path=path, received=pattern, expected="RE2 syntax") from error


def found_in(compiled: Any, text: str) -> bool:
    """Whether the pattern matches anywhere in the text."""
    try:
        return compiled.search(text) is not None
    except UnicodeEncodeError:
        # Half a surrogate pair: no text, so nothing matches it.
        return False


@lru_cache(maxsize=256)
def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)
