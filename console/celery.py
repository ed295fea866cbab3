"""The Celery application: one queue per concern, schedules that sweep what nudges missed."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from core.tasks import route

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("onefold")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_default_queue="ops",
    task_routes=(route,),
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A drain that lost the broker goes on: its data is in Postgres.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_transport_options={"visibility_timeout": 600},
    worker_hijack_root_logger=False,
    beat_schedule={
        "sweep-streams": {
            "task": "profiles.tasks.sweep",
            "schedule": 1.0,
            "options": {"expires": 5},
        },
        "sweep-segments": {
            "task": "profiles.tasks.sweep_segments",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "sweep-due": {
            "task": "profiles.tasks.sweep_due",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "watch-traffic": {
            "task": "profiles.tasks.watch",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "maintain-journal": {
            "task": "ingestion.tasks.maintain",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
    },
)


def listen_to_the_journal(sender: Any, **_: Any) -> None:
    """Workers of the profile queue turn the journal's notifications into drain tasks."""
    if "profile" in sender.app.amqp.queues.consume_from:
        # Django is set up by now, and models may be imported.
        from profiles.nudge import JournalListener  # noqa: PLC0415

        JournalListener().start()


worker_ready.connect(listen_to_the_journal)
