"""What an installation of before brings along."""

from __future__ import annotations

import hashlib

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from conclave.web.privacy import ledger
from conclave.web.privacy.models import Agreement, PublishedText


@pytest.mark.django_db(transaction=True)
def test_meetings_of_before_have_words_and_wait_for_their_door_key() -> None:
    old = MigrationExecutor(connection)
    old.migrate([("meetings", "0002_session_record")])
    apps = old.loader.project_state([("meetings", "0002_session_record")]).apps
    organizer = apps.get_model("accounts", "Account").objects.create(email="alice@example.org")
    make = apps.get_model("meetings", "Meeting").objects.create
    usual = {"organizer": organizer, "starts_at": timezone.now(), "planned_end": timezone.now(), "duration_min": 60}
    make(number="481516234", words_check="0f" * 16, **usual)
    make(number="481516235", words_check="", **usual)
    try:
        new = MigrationExecutor(connection)
        new.migrate(new.loader.graph.leaf_nodes())
        apps = new.loader.project_state(new.loader.graph.leaf_nodes()).apps
        meetings = apps.get_model("meetings", "Meeting").objects
        told = dict(meetings.values_list("number", "had_words"))
        assert told == {"481516234": True, "481516235": False}
        assert set(meetings.values_list("door_key", flat=True)) == {""}
    finally:
        last = MigrationExecutor(connection)
        last.migrate(last.loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_agreements_of_before_become_a_whole_ledger() -> None:
    old = MigrationExecutor(connection)
    old.migrate([("privacy", "0001_initial")])
    apps = old.loader.project_state([("privacy", "0001_initial"), *old.loader.graph.leaf_nodes("accounts")]).apps
    apps.get_model("privacy", "PublishedText").objects.all().delete()
    make_text = apps.get_model("privacy", "PublishedText").objects.create
    policy, later, terms = (
        make_text(version=hashlib.sha256(html.encode()).hexdigest(), html=html, first_agreed_at=timezone.now())
        for html in ("<p>One</p>", "<p>Two</p>", "<p>Terms</p>")
    )
    for name, agreed in (("alice", policy), ("bob", later)):
        account = apps.get_model("accounts", "Account").objects.create(email=f"{name}@example.org")
        apps.get_model("privacy", "Agreement").objects.create(
            account=account, policy=agreed, terms=terms, agreed_at=timezone.now()
        )
    try:
        new = MigrationExecutor(connection)
        new.migrate(new.loader.graph.leaf_nodes())
        assert list(PublishedText.objects.order_by("kind", "number").values_list("kind", "number", "html")) == [
            ("policy", 1, "<p>One</p>"),
            ("policy", 2, "<p>Two</p>"),
            ("terms", 1, "<p>Terms</p>"),
        ]
        assert [each.policy.number for each in Agreement.objects.order_by("pk")] == [1, 2]
        assert list(ledger.faults()) == []
    finally:
        last = MigrationExecutor(connection)
        last.migrate(last.loader.graph.leaf_nodes())
