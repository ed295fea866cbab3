import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_initial'),
        ("profiles", "0005_external_members"),
    ]

    operations = [
        migrations.CreateModel(
            name='Relinking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rules_version', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('superseded', 'Superseded')], default='running', max_length=10)),
                ('after', models.BinaryField(default=b'')),
                ('graphs', models.BigIntegerField(default=0)),
                ('splits', models.BigIntegerField(default=0)),
                ('links', models.BigIntegerField(default=0)),
                ('created_ms', models.BigIntegerField()),
                ('updated_ms', models.BigIntegerField()),
                ('created_by', models.CharField(max_length=120)),
                ('sandbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.sandbox')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('sandbox',), name='relinking_one_running')],
            },
        ),
    ]
