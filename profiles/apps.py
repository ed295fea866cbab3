from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models exist only now.
        from core.sandboxes.hooks import on_sandbox_created  # noqa: PLC0415 - as said
        from profiles.store.seed import seed_merge_policy  # noqa: PLC0415 - as said

        on_sandbox_created(lambda sandbox: seed_merge_policy(sandbox=sandbox))
