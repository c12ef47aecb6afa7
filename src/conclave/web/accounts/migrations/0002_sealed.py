"""What says who somebody is, and what their meetings are about, is sealed (docs/adr/0027)."""

import conclave.web.vault.fields
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from conclave.web.vault.migrating import seal_existing, seal_existing_email


def forget_sessions(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """They were only signed; whoever was signed in signs in once more."""
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('account', '0009_emailaddress_unique_primary_email'),
        ('sessions', '0001_initial'),
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='account',
            name='email',
            field=conclave.web.vault.fields.SealedEmailField(max_length=254, unique=True),
        ),
        migrations.AlterField(
            model_name='account',
            name='first_name',
            field=conclave.web.vault.fields.SealedField(max_length=60),
        ),
        migrations.AlterField(
            model_name='account',
            name='last_name',
            field=conclave.web.vault.fields.SealedField(max_length=60),
        ),
        seal_existing_email("accounts.Account.email"),
        seal_existing_email("account.EmailAddress.email"),
        seal_existing("accounts.Account.first_name"),
        seal_existing("accounts.Account.last_name"),
        migrations.RunPython(forget_sessions, migrations.RunPython.noop),
    ]
