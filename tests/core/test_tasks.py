"""Every task that is named somewhere exists, on the queue of its concern."""

import re

import pytest

from console.celery import app
from core.config import ROOT
from core.tasks import route

QUEUES = {"profile", "lake", "segmentation", "activation", "ops"}
SOURCES = [
    path
    for folder in ("core", "ingestion", "profiles", "console")
    for path in (ROOT / folder).rglob("*.py")
]
NAMES = sorted(
    {
        name
        for path in SOURCES
        for name in re.findall(r'"((?:ingestion|profiles)\.tasks\.\w+)"', path.read_text())
    }
)


@pytest.mark.parametrize("name", NAMES)
def test_a_named_task_is_registered_on_a_known_queue(name: str) -> None:
    assert name in app.tasks
    assert (route(name) or {})["queue"] in QUEUES


def test_scheduled_tasks_are_registered() -> None:
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
