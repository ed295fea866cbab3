"""The whole suite, `bin/test` without arguments: browser tests beside all others, for two cores."""

import sys

from core.config import ROOT, load
from core.launcher.commands import stop_tests
from tests.side_by_side import run_side_by_side

# Relative, as people open it.
LOG = "var/test/browser.log"


def main() -> int:
    """Both halves have state, servers and ports of their own; 0 when both pass."""
    pytest = (sys.executable, "-m", "pytest")
    (ROOT / LOG).parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"▸ Browser tests run beside the others; they report last ({LOG})\n")
    sys.stdout.flush()
    try:
        return run_side_by_side(
            [*pytest, "--ignore=tests/browser"],
            # Names, not dots: whoever waits sees where it is.
            quiet=[*pytest, "-v", "tests/browser"],
            log=ROOT / LOG,
        )
    finally:
        stop_tests(load())


if __name__ == "__main__":
    sys.exit(main())
