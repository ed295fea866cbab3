"""The tenant's part of the Schema Registry. Standard resources live in `ingestion.xdm.library`."""

from django.db import models


class RegistryResource(models.Model):
    """A class, field group, data type or schema as it was written (raw document)."""

    class Kind(models.TextChoices):
        CLASSES = "classes"
        FIELDGROUPS = "mixins"
        DATATYPES = "datatypes"
        SCHEMAS = "schemas"

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    uri = models.CharField(max_length=300)
    alt_id = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    minor_version = models.PositiveIntegerField(default=0)
    class_uri = models.CharField(max_length=300, blank=True)
    union = models.BooleanField(default=False)
    document = models.JSONField()
    etag = models.CharField(max_length=64)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField(db_index=True)
    created_by = models.CharField(max_length=120)
    updated_by = models.CharField(max_length=120)
    client_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "uri"], name="registry_uri_unique"),
            models.UniqueConstraint(fields=["sandbox", "alt_id"], name="registry_alt_id_unique"),
            models.UniqueConstraint(fields=["sandbox", "title"], name="registry_title_unique"),
        ]
        indexes = [
            models.Index(fields=["sandbox", "kind", "updated_ms"], name="registry_kind_updated"),
            models.Index(fields=["sandbox", "kind", "title"], name="registry_kind_title"),
            models.Index(fields=["sandbox", "class_uri"], name="registry_class"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def token(self) -> str:
        """The last part of its `$id`: its name in addresses."""
        return str(self.uri).rpartition("/")[2]


class Descriptor(models.Model):
    """Extra meaning bound to a schema and a path: identity, relationship, display name..."""

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    uri = models.CharField(max_length=64)
    type = models.CharField(max_length=80)
    schema_uri = models.CharField(max_length=300)
    path = models.CharField(max_length=500, blank=True)
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    created_ms = models.BigIntegerField()
    updated_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "uri"], name="descriptor_uri_unique"),
        ]
        indexes = [
            models.Index(fields=["sandbox", "schema_uri"], name="descriptor_schema"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.path}"


class RegistryRevision(models.Model):
    """What one write changed in a resource: source of the audit log and of version history."""

    sandbox = models.ForeignKey("core.Sandbox", models.CASCADE, related_name="+")
    uri = models.CharField(max_length=300)
    kind = models.CharField(max_length=12)
    minor_version = models.PositiveIntegerField()
    at_ms = models.BigIntegerField()
    actor = models.CharField(max_length=120)
    client_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    updates = models.JSONField()
    document = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["sandbox", "uri", "-at_ms"], name="revision_uri_at")]

    def __str__(self) -> str:
        return f"{self.uri} 1.{self.minor_version}"
