"""What says who somebody is, and what their meetings are about, is sealed (docs/adr/0027)."""

import conclave.web.vault.fields
from django.db import migrations

from conclave.web.vault.migrating import seal_existing


class Migration(migrations.Migration):

    dependencies = [
        ('meetings', '0005_attendees_may_speak'),
    ]

    operations = [
        migrations.AlterField(
            model_name='meeting',
            name='subject',
            field=conclave.web.vault.fields.SealedField(max_length=120),
        ),
        migrations.AlterField(
            model_name='participant',
            name='name',
            field=conclave.web.vault.fields.SealedField(max_length=60),
        ),
        seal_existing("meetings.Meeting.subject"),
        seal_existing("meetings.Participant.name"),
    ]
