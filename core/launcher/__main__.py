"""Entry point: `python -m core.launcher <word>`."""

import sys

from core import config as settings
from core.launcher import commands
from core.launcher.errors import LaunchError

WORDS = {
    "up": commands.up,
    "stop": commands.stop,
    "env": commands.env,
    "settings": commands.show_settings,
    "test-stop": commands.stop_tests,
}


def main(arguments: list[str]) -> int:
    """Run one word; a failure is a sentence and a hint on stderr, and exit code 1."""
    if len(arguments) != 1 or arguments[0] not in WORDS:
        sys.stderr.write(f"usage: python -m core.launcher {{{','.join(WORDS)}}}\n")
        return 2
    try:
        WORDS[arguments[0]](settings.load())
    except settings.ConfigError as error:
        sys.stderr.write(f"\n✗ Settings are wrong:\n{_indent(str(error))}")
        sys.stderr.write("  All settings: docs/configuration.md\n")
        return 1
    except LaunchError as error:
        sys.stderr.write(f"\n✗ {error}\n{_indent(error.hint)}")
        return 1
    return 0


def _indent(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
