"""What an installation of before brings along."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone


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
