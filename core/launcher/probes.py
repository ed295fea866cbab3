"""Is a process ready? Each probe takes its process number and answers at once."""

import http.client
from collections.abc import Callable
from pathlib import Path

# Names the file a worker writes its process number to when it starts working.
READY_FILE = "_ONEFOLD_READY_FILE"
ANSWER_SECONDS = 2.0


def started(_pid: int) -> bool:
    """Ready as soon as it runs."""
    return True


def answers(host: str, port: int) -> Callable[[int], bool]:
    """Ready when `/readyz` says so."""

    def probe(_pid: int) -> bool:
        return ask(host, port, "/readyz")[0] == http.client.OK

    return probe


def wrote(path: Path) -> Callable[[int], bool]:
    """Ready when it wrote its own process number into this file."""

    def probe(pid: int) -> bool:
        try:
            return path.read_text(encoding="ascii") == str(pid)
        except OSError:
            return False

    return probe


def ask(host: str, port: int, path: str) -> tuple[int, str]:
    """Status and body of one GET; status 0 when nobody answers."""
    connection = http.client.HTTPConnection(host.strip("[]"), port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()
