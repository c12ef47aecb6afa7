from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_door_key")]

    operations = [
        migrations.AddField("meeting", "has_lobby", models.BooleanField(default=False)),
        migrations.AddField("meeting", "attendees_may_chat", models.BooleanField(default=True)),
        migrations.AddField("meeting", "attendees_may_share", models.BooleanField(default=True)),
    ]
