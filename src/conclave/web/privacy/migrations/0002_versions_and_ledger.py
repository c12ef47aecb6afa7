"""Texts get a kind, a number and a date; agreements become a chain of hashes."""

import hashlib
import json
import secrets
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def number_texts(apps: Any, _schema: object) -> None:
    texts = apps.get_model("privacy", "PublishedText").objects
    terms = set(apps.get_model("privacy", "Agreement").objects.values_list("terms_id", flat=True))
    counts = {"policy": 0, "terms": 0}
    for text in texts.order_by("published_at", "version"):
        text.kind = "terms" if text.pk in terms else "policy"
        counts[text.kind] += 1
        text.number = counts[text.kind]
        text.save()


def chain(apps: Any, _schema: object) -> None:
    """As `privacy.ledger` did when this was written."""
    agreements = apps.get_model("privacy", "Agreement").objects
    before, rows = "", 0
    for row in agreements.order_by("agreed_at", "pk"):
        row.act = "agreed"
        row.page = "/accounts/signup/"
        row.salt = secrets.token_hex(16)
        row.who = hashlib.sha256(f"{row.salt}:{row.account_id}".encode()).hexdigest()
        row.previous = before
        said = [row.previous, row.who, row.act, row.policy_id, row.terms_id, row.agreed_at.isoformat(), row.page]
        row.digest = before = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        row.save()
        rows += 1
    if rows:
        apps.get_model("privacy", "LedgerEnd").objects.create(pk=1, digest=before, rows=rows)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("privacy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerEnd",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("rows", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.RenameField("publishedtext", "first_agreed_at", "published_at"),
        migrations.AddField(
            "publishedtext",
            "kind",
            models.CharField(
                choices=[("policy", "Privacy policy"), ("terms", "Terms of service")], default="policy", max_length=6
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "publishedtext", "number", models.PositiveIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField("publishedtext", "facts", models.JSONField(default=dict)),
        migrations.AlterModelOptions("publishedtext", {"ordering": ["kind", "-number"]}),
        migrations.AlterModelOptions("agreement", {"ordering": ["-pk"]}),
        migrations.AlterField(
            "agreement",
            "account",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="agreements",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("agreement", "salt", models.CharField(blank=True, default="", max_length=32), False),
        migrations.AddField(
            "agreement",
            "act",
            models.CharField(
                choices=[("agreed", "agreed to"), ("kept", "did not agree to")], default="agreed", max_length=6
            ),
            False,
        ),
        migrations.AddField("agreement", "who", models.CharField(default="", max_length=64), False),
        migrations.AddField("agreement", "page", models.CharField(default="", max_length=200), False),
        migrations.AddField("agreement", "previous", models.CharField(blank=True, default="", max_length=64), False),
        migrations.AddField("agreement", "digest", models.CharField(default="", max_length=64), False),
        migrations.RunPython(number_texts, migrations.RunPython.noop),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.AlterField("agreement", "digest", models.CharField(max_length=64, unique=True)),
        migrations.AddConstraint(
            "publishedtext", models.UniqueConstraint(fields=("kind", "number"), name="one_text_a_number")
        ),
    ]
