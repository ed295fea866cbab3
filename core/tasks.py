"""Celery behind two words: `task` declares one, `enqueue` sends one by name after commit."""

from collections.abc import Callable
from functools import partial
from typing import Any

from celery import current_app
from celery import shared_task as _shared_task
from django.db import transaction

# Task name -> queue, filled by `task`; `route` answers from it.
_queues: dict[str, str] = {}


def task(*, name: str, queue: str, time_limit: int = 60) -> Callable[[Callable[..., None]], Any]:
    """Declare a task: late acknowledgement, a time limit, one queue per concern."""
    _queues[name] = queue
    declare: Callable[[Callable[..., None]], Any] = _shared_task(
        name=name,
        acks_late=True,
        reject_on_worker_lost=True,
        time_limit=time_limit,
        ignore_result=True,
    )
    return declare


def route(name: str, *_: Any, **__: Any) -> dict[str, str] | None:
    """Celery's router: the queue a task was declared for."""
    queue = _queues.get(name)
    return None if queue is None else {"queue": queue}


def enqueue(name: str, **kwargs: Any) -> None:
    """Send the task called `name` once the current transaction (if any) has committed.

    The message is a nudge: the row is the truth, and sweeps find what a lost nudge missed.
    """
    transaction.on_commit(partial(_send, name, kwargs))


def nudge(name: str, *, within: float, **kwargs: Any) -> None:
    """Send the task called `name` at once; worthless, and not run, after so many seconds.

    For messages sent again and again while their reason lasts: they must not pile up behind a
    busy worker.
    """
    current_app.send_task(name, kwargs=kwargs, ignore_result=True, expires=within)


def _send(name: str, kwargs: dict[str, Any]) -> None:
    current_app.send_task(name, kwargs=kwargs, ignore_result=True)
