from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models

from conclave import report, ticket
from conclave.web.meetings.models import Meeting
from conclave.web.privacy import checks, register

CLIENT = Path(__file__).parents[2] / "client" / "src"


@pytest.mark.requirement(99)
def test_every_field_of_every_model_is_declared() -> None:
    places = register.model_places()
    assert "accounts.Account.email" in places
    assert "account.EmailAddress.email" in places
    assert "sessions.Session.session_data" in places
    assert "django_tasks_database.DBTaskResult.args_kwargs" in places
    assert run_checks(tags=["privacy"]) == []


@pytest.mark.requirement(99)
def test_a_field_that_nobody_declared_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    field = models.CharField(max_length=20)
    field.set_attributes_from_name("shoe_size")
    field.model = Meeting
    monkeypatch.setattr(Meeting._meta, "local_concrete_fields", [*Meeting._meta.local_concrete_fields, field], False)
    monkeypatch.setitem(Meeting._meta.__dict__, "concrete_fields", (*Meeting._meta.concrete_fields, field))
    assert [error.id for error in checks.check_register()] == ["privacy.E001"]
    with pytest.raises(SystemCheckError, match=r"meetings\.Meeting\.shoe_size is not declared"):
        call_command("check")


@pytest.mark.requirement(99)
def test_a_declaration_of_nothing_and_a_contradiction_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    invented = register.NotPersonal(places=("meetings.Meeting.subject", "meetings.Meeting.mood"), why="no reason")
    declared = [*register.declarations(), invented]
    monkeypatch.setattr(register, "declarations", lambda: iter(declared))
    faults = {(error.id, error.msg.split(" ")[0]) for error in checks.check_register()}
    assert faults == {("privacy.E002", "meetings.Meeting.mood"), ("privacy.E003", "meetings.Meeting.subject")}


@pytest.mark.requirement(99)
def test_what_tickets_and_reports_say_is_declared() -> None:
    claims = {f"ticket:{each.name}" for each in msgspec.structs.fields(ticket._Claims)}
    events = (report.Opened, report.Entered, report.Left, report.Closed, report.Recorded)
    told = {f"report:{kind.__name__.lower()}.{each.name}" for kind in events for each in msgspec.structs.fields(kind)}
    told |= {f"report:{each.name}" for each in msgspec.structs.fields(report.Report) if each.name != "event"}
    assert register.undeclared(claims | told) == set()
    stale = {place for place in register.declared_places() if place.startswith(("ticket:", "report:"))}
    assert stale == claims | told


@pytest.mark.requirement(99)
def test_what_browsers_remember_is_declared() -> None:
    source = "\n".join(file.read_text() for file in CLIENT.rglob("*.ts*") if ".test." not in file.name)
    keys = set(re.findall(r"[\"`](conclave\.[a-z]+(?:\.\$\{[^}]+\})?)[\"`]", source))
    remembered = {"storage:" + re.sub(r"\$\{[^}]+\}", "*", key) for key in keys}
    assert "storage:conclave.name" in remembered
    assert not re.findall(r"`conclave\.[a-z.-]*(?<!\.)\$\{|`conclave\.\$\{", source), "a key that this test cannot read"
    assert register.undeclared(remembered) == set()
    places = {place for place in register.declared_places() if place.startswith("storage:")}
    assert places == remembered


def test_every_declaration_says_something() -> None:
    for each in register.personal():
        assert all(getattr(each, field.name) for field in fields(each)), each
