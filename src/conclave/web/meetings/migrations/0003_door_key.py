"""The door key of the words replaces their check (docs/adr/0009-the-door-key.md)."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q


def note_words(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """A browser that remembers the words tells their door key; another one must not draw new words meanwhile."""
    apps.get_model("meetings", "Meeting").objects.update(had_words=~Q(words_check=""))


class Migration(migrations.Migration):
    dependencies = [("meetings", "0002_session_record")]

    operations = [
        migrations.AddField("meeting", "door_key", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("meeting", "had_words", models.BooleanField(default=False)),
        migrations.RunPython(note_words, migrations.RunPython.noop),
        migrations.RemoveField("meeting", "words_check"),
    ]
