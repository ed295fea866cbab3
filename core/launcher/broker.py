"""The embedded broker: Valkey on a private socket, its queue kept in an append-only file."""

import socket
from dataclasses import dataclass
from pathlib import Path

from core.config import Config
from core.launcher import binaries, folders


@dataclass(frozen=True, slots=True)
class Broker:
    """One server: the folder of its file and its socket folder."""

    home: Path
    run: Path

    @property
    def socket(self) -> Path:
        """The Unix socket it listens on."""
        return self.run / "broker.sock"


def from_config(config: Config) -> Broker:
    """The product's broker."""
    return Broker(home=config.var / "broker", run=config.run_dir)


def prepare(broker: Broker) -> list[str]:
    """Create what is missing and answer the command that runs the broker in the foreground."""
    program = binaries.find_valkey()
    folders.make_private(broker.home)
    folders.make_private(broker.run)
    options = {
        "port": "0",
        "unixsocket": str(broker.socket),
        "unixsocketperm": "700",
        "dir": str(broker.home),
        "appendonly": "yes",
        # Losing a second of nudges is harmless: the rows are the truth and sweeps find them.
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [str(program), *flags]


def is_ready(broker: Broker, _pid: int) -> bool:
    """Does the broker answer? While it reads its file back it says LOADING."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            client.connect(str(broker.socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False
