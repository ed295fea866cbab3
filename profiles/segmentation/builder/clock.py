"""One time rule for all events of a canvas.

PQL has no place for it, and neither has the canvas: it is there exactly when several events say the
same, so that it survives the way to code and back.
"""

from dataclasses import replace

from profiles.segmentation.builder.canvas import Canvas, Change, Step, TimeRule, change, nodes

LEAST = 2


def steps(canvas: Canvas) -> tuple[Step, ...]:
    """All events, also those of sequences and in containers."""
    return tuple(node for node in nodes(canvas) if isinstance(node, Step))


def rules(canvas: Canvas) -> tuple[TimeRule | None, ...]:
    """The different time rules of its events, in their order; None is any time."""
    return tuple(dict.fromkeys(step.when for step in steps(canvas)))


def shared(canvas: Canvas) -> TimeRule | None:
    """The rule that several events share; None: any time, or there is no such rule."""
    found = rules(canvas)
    return found[0] if len(found) == 1 and len(steps(canvas)) >= LEAST else None


def set_all(canvas: Canvas, rule: TimeRule | None) -> Canvas:
    """Every event with this time rule, in place of its own."""
    return change(canvas, Change(step=lambda step: (replace(step, when=rule),)))
