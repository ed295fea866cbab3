from django.apps import AppConfig


class IngestionConfig(AppConfig):
    name = "ingestion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models exist only now.
        from core.sandboxes.hooks import (  # noqa: PLC0415 - as said
            on_configuration_copied,
            on_sandbox_wiped,
        )
        from ingestion.schemas.copy import copy_registry  # noqa: PLC0415 - as said
        from ingestion.uploads.wipe import forget_files  # noqa: PLC0415 - as said

        on_configuration_copied(copy_registry)
        on_sandbox_wiped(forget_files)
