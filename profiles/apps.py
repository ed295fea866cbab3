from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "profiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models exist only now.
        from core.sandboxes.hooks import (  # noqa: PLC0415 - as said
            on_configuration_copied,
            on_sandbox_created,
            on_sandbox_wiped,
        )
        from profiles.segmentation import engines, import_files  # noqa: PLC0415 - as said
        from profiles.segmentation.computed.copy import copy_attributes  # noqa: PLC0415 - as said
        from profiles.segmentation.copy import copy_segments  # noqa: PLC0415 - as said
        from profiles.segmentation.export_files import forget_files  # noqa: PLC0415 - as said
        from profiles.store.copy import copy_profile_rules  # noqa: PLC0415 - as said
        from profiles.store.seed import seed_merge_policy  # noqa: PLC0415 - as said

        on_sandbox_created(lambda sandbox: seed_merge_policy(sandbox=sandbox))
        on_configuration_copied(copy_profile_rules)
        on_configuration_copied(copy_attributes)
        # After the policies, which audiences name.
        on_configuration_copied(copy_segments)
        on_sandbox_wiped(forget_files)
        on_sandbox_wiped(import_files.forget_files)
        engines.evaluator.install("profiles.segmentation.batch.evaluate_job")
        engines.previewer.install("profiles.segmentation.preview.evaluate_preview")
        engines.exporter.install("profiles.segmentation.exporter.export_profiles")
        engines.importer.install("profiles.segmentation.external_import.import_members")
        engines.forgetter.install("profiles.segmentation.forget_memberships.forget_memberships")
        engines.computer.install("profiles.segmentation.computed.evaluate.evaluate_attributes")
