"""The public Python client works with only its hosts changed."""

import json
import os
import subprocess
import sys

from core.config import ROOT
from core.launcher.testing import Product

AEPP = "aepp==0.6.0"
SESSION = ROOT / "tests" / "conformance" / "aepp_session.py"
# The client pages for ever when a list never ends.
LIMIT_S = 240


def interpreter() -> str:
    """Python of an environment of its own that holds the client; kept for the next run."""
    home = ROOT / "var" / "test" / "aepp"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        uv = str(ROOT / ".boot" / "bin" / "uv")
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, home], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, AEPP], check=True)
        (home / "ready").touch()
    return str(python)


def test_a_session_of_the_client_runs_through(product: Product) -> None:
    finished = subprocess.run(
        [interpreter(), SESSION],
        env={**os.environ, **product.client_environ()},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
    seen = json.loads(finished.stdout.splitlines()[-1])
    assert seen["finished"]
    assert seen["resolved schema"][1] == f"_{product.config.tenant_id}"
