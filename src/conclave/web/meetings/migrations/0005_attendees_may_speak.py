from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0004_lobby_and_options")]

    operations = [
        migrations.AddField("meeting", "attendees_may_speak", models.BooleanField(default=True)),
    ]
