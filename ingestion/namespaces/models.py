"""Identity namespaces: standard ones are seeded, custom ones belong to the organization."""

from django.db import models


class IdentityNamespace(models.Model):
    """The context of an identity value. `id` is the number the data plane stores."""

    id = models.IntegerField(primary_key=True)
    organization = models.ForeignKey("core.Organization", models.CASCADE, related_name="+")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    id_type = models.CharField(max_length=32)
    custom = models.BooleanField(default=True)
    status = models.CharField(max_length=12, default="ACTIVE")
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "code"], name="namespace_code_unique"),
        ]

    def __str__(self) -> str:
        return self.code
