"""Runs the product's processes in the foreground: start in stages, restart the dead, stop all.

One loop in one thread. It sleeps until a process writes, a child dies or a signal comes, so an idle
product costs nothing here.
"""

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from core.launcher.child import Child, State
from core.launcher.errors import LaunchError
from core.launcher.output import Screen
from core.launcher.programs import Program

STARTING_TICK = 0.05
IDLE_TICK = 5.0
SLOW_START_SECONDS = 30.0
# A program that died this often, for so long, without ever being ready will not come up by itself.
HOPELESS_DEATHS = 4
HOPELESS_SECONDS = 15.0

IMPATIENT_STOPS = 2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Owns the children; `run` returns when a person stopped it and everything is gone."""

    def __init__(self, stages: list[list[Program]], *, run_dir: Path, screen: Screen) -> None:
        self._stages = [[Child(program, run_dir=run_dir) for program in s] for s in stages]
        self._screen = screen
        self._selector = selectors.DefaultSelector()
        self._stops = 0
        self._ever_ready: set[str] = set()

    @property
    def children(self) -> Iterator[Child]:
        """All children, in start order."""
        return (child for stage in self._stages for child in stage)

    def run(self, *, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        """Start everything, say so, keep it running until told to stop."""
        with self._signals():
            try:
                for stage in self._stages:
                    self._start(stage)
                if not self._stops:
                    on_ready()
                while not self._stops:
                    self._tick()
            finally:
                on_stop()
                self._stop_all()

    def _start(self, stage: list[Child]) -> None:
        began = time.monotonic()
        told = False
        for child in stage:
            if not self._stops:
                self._launch(child)
        while not self._stops and any(c.state not in {State.READY, State.DONE} for c in stage):
            self._tick()
            if not told and time.monotonic() - began > SLOW_START_SECONDS:
                told = True
                for child in stage:
                    if child.state is State.STARTING:
                        self._screen.state(child.program.name, "still starting", sign="…")

    def _tick(self) -> None:
        """Wait for something to happen, then look at every child once."""
        busy = [c for c in self.children if c.state in {State.STARTING, State.WAITING}]
        self._wait(STARTING_TICK if busy else IDLE_TICK)
        for child in self.children:
            code = child.reap()
            if code is not None:
                self._bury(child, code)
            elif child.due and not self._stops:
                self._launch(child)
            elif child.state is State.STARTING and child.program.ready(child.pid):
                self._greet(child)

    def _launch(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            self._screen.state(child.program.name, f"cannot start: {error}", sign="✗")
            child.pause()
            self._give_up_if_hopeless(child)
            return
        if child.output is not None:
            self._selector.register(child.output, selectors.EVENT_READ, child)

    def _greet(self, child: Child) -> None:
        if child.program.once:
            return
        child.state = State.READY
        self._ever_ready.add(child.program.name)
        self._screen.state(child.program.name, child.program.note)

    def _bury(self, child: Child, code: int) -> None:
        """A child died: show its last words, then plan what comes next."""
        self._show_output(child)
        if child.output is not None and not child.silent:
            self._selector.unregister(child.output)
        child.close()
        name = child.program.name
        if self._stops:
            child.state = State.STOPPED
        elif child.program.once and code == 0:
            child.state = State.DONE
            self._screen.state(name, child.program.note)
        elif child.program.once:
            raise LaunchError(
                f"{name} failed ({_describe(code)}).", hint="Its last lines are above."
            )
        else:
            pause = child.pause()
            self._give_up_if_hopeless(child)
            text = f"died ({_describe(code)}); starting again in {pause:.1f} s"
            self._screen.state(name, text, sign="✗")

    def _give_up_if_hopeless(self, child: Child) -> None:
        name = child.program.name
        hopeless = child.deaths >= HOPELESS_DEATHS and child.trying > HOPELESS_SECONDS
        if hopeless and name not in self._ever_ready:
            raise LaunchError(f"{name} does not start.", hint="Its last lines are above.")

    def _show_output(self, child: Child) -> None:
        noise = child.program.noise
        for line in child.read_lines():
            if not (noise and noise.search(line)):
                self._screen.line(child.program.name, line)
        if child.silent and child.output is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(child.output)

    def _stop_all(self) -> None:
        """Stop in reverse order of stages: the servers last, so that nobody loses them early."""
        self._stops = max(self._stops, 1)
        alive = [c for c in self.children if c.pid]
        if alive:
            self._screen.plain("\nStopping (Ctrl-C again to hurry)")
        for stage in reversed(self._stages):
            self._stop(stage)

    def _stop(self, stage: list[Child]) -> None:
        began = time.monotonic()
        for child in stage:
            child.ask_to_stop()
        while alive := [child for child in stage if child.pid]:
            elapsed = time.monotonic() - began
            for child in alive:
                if elapsed > child.program.stop_seconds or self._stops > 1:
                    self._hurry(child)
            self._wait(STARTING_TICK)
            for child in alive:
                code = child.reap()
                if code is not None:
                    self._bury(child, code)
                    self._screen.state(child.program.name, "stopped")

    def _hurry(self, child: Child) -> None:
        # A database cut off needs a recovery at the next start: only impatience does that.
        if child.program.stop_signal is not signal.SIGINT or self._stops > IMPATIENT_STOPS:
            child.signal_group(signal.SIGKILL)

    def _wait(self, seconds: float) -> None:
        """Sleep until a process writes, a child dies, a signal comes, or time is up."""
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Child):
                self._show_output(key.data)
            else:
                # Signal numbers; handlers already ran, the bytes only woke us up.
                with contextlib.suppress(BlockingIOError):
                    key.data.recv(4096)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn signals into a count and a wake-up of the loop."""
        reader, writer = socket.socketpair()
        for end in (reader, writer):
            end.settimeout(0)
        self._selector.register(reader, selectors.EVENT_READ, reader)
        before = {number: signal.signal(number, self._count_stop) for number in STOP_SIGNALS}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        old_writer = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old_writer)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            reader.close()
            writer.close()

    def _count_stop(self, *_: object) -> None:
        self._stops += 1


def _describe(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def run_id() -> str:
    """Marks all processes of one start."""
    return os.urandom(8).hex()
