from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models exist only now.
        from core.sandboxes.hooks import (  # noqa: PLC0415 - as said
            on_configuration_copied,
            on_sandbox_created,
        )
        from profiles.store.copy import copy_profile_rules  # noqa: PLC0415 - as said
        from profiles.store.seed import seed_merge_policy  # noqa: PLC0415 - as said

        on_sandbox_created(lambda sandbox: seed_merge_policy(sandbox=sandbox))
        on_configuration_copied(copy_profile_rules)
