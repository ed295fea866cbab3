from django.apps import AppConfig

from console.celery import app


class ConsoleConfig(AppConfig):
    name = "console"

    def ready(self) -> None:
        """Know every task in every process, so that `enqueue` knows each one's queue."""
        app.autodiscover_tasks(["ingestion", "profiles"], force=True)
