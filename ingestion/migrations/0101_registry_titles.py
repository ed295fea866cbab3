from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0002_journal")]

    operations = [
        migrations.AddIndex(
            model_name="registryresource",
            index=models.Index(fields=["sandbox", "class_uri"], name="registry_class"),
        ),
        migrations.AddConstraint(
            model_name="registryresource",
            constraint=models.UniqueConstraint(
                fields=("sandbox", "title"), name="registry_title_unique"
            ),
        ),
    ]
