"""What says who somebody is, and what their meetings are about, is sealed (docs/adr/0027)."""

import conclave.web.vault.fields
from django.db import migrations

from conclave.web.vault.migrating import seal_existing, seal_existing_email


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='mail',
            name='subject',
            field=conclave.web.vault.fields.SealedField(max_length=200),
        ),
        migrations.AlterField(
            model_name='mail',
            name='text',
            field=conclave.web.vault.fields.SealedField(max_length=20000),
        ),
        migrations.AlterField(
            model_name='mail',
            name='to',
            field=conclave.web.vault.fields.SealedEmailField(max_length=254),
        ),
        seal_existing_email("jobs.Mail.to"),
        seal_existing("jobs.Mail.subject"),
        seal_existing("jobs.Mail.text"),
    ]
