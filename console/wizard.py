"""The stepper of a wizard: every step with its state, done ones as links."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WizardStep:
    """A step: done, current, upcoming or error; `href` goes back to it."""

    name: str
    label: str
    state: str
    href: str = ""


def steps_of(
    steps: Sequence[tuple[str, str]], current: str, *, troubled: str = "", **hrefs: str
) -> tuple[WizardStep, ...]:
    """Steps as (name, label); those before the current one are done."""
    names = [name for name, _ in steps]
    at = names.index(current)
    return tuple(
        WizardStep(
            name,
            label,
            "error"
            if name == troubled
            else "current"
            if index == at
            else "done"
            if index < at
            else "upcoming",
            hrefs.get(name, "") if index != at else "",
        )
        for index, (name, label) in enumerate(steps)
    )
