from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import msgspec
import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models
from django.utils import timezone
from fideslang.default_taxonomy import DEFAULT_TAXONOMY
from fideslang.models import Dataset, LegalBasisForProcessingEnum, System
from pytest_django import Settings

from conclave import report, ticket
from conclave.web.accounts.models import Account
from conclave.web.jobs.actions import post
from conclave.web.jobs.models import Mail
from conclave.web.jobs.worker import periodic
from conclave.web.meetings.models import Meeting
from conclave.web.privacy import checks, manifests, register
from conclave.web.privacy.vocabulary import Basis, Category, Purpose, Subject

CLIENT = Path(__file__).parents[2] / "client" / "src"
SERVER = Path(__file__).parents[2] / "src" / "conclave"


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


LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


@pytest.mark.requirement(85)
@pytest.mark.requirement(99)
def test_every_value_that_is_logged_is_declared() -> None:
    logged = {f"log:{value}" for file in SERVER.rglob("*.py") for value in logged_values(file.read_text())}
    assert "log:room" in logged
    assert {place for place in register.declared_places() if place.startswith("log:")} == logged


def test_the_reader_of_log_lines_sees_what_it_must() -> None:
    source = 'logger.info("%s came from %s", name, request.META["REMOTE_ADDR"])'
    assert list(logged_values(source)) == ["name", "request.META['REMOTE_ADDR']"]
    for unreadable in (
        '_log.info(f"{name} came")',
        '_log.info("%s came" % name)',
        '_log.info("x", extra={"name": name})',
    ):
        with pytest.raises(AssertionError):
            list(logged_values(unreadable))


def logged_values(source: str) -> Iterator[str]:
    """The expressions whose values a module writes into the log; a line that builds its text itself is refused."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr in LOG_METHODS and "log" in ast.unparse(call.func.value).lower():
            assert isinstance(call.args[0], ast.Constant), ast.unparse(call)
            assert not call.keywords, ast.unparse(call)
            yield from map(ast.unparse, call.args[1:])


@pytest.mark.requirement(99)
def test_nothing_but_one_module_remembers_in_browsers_and_nothing_sets_cookies_by_itself() -> None:
    stores = re.compile(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|cookieStore|navigator\.storage|caches\."
    )
    sources = [file for file in CLIENT.rglob("*.ts*") if ".test." not in file.name]
    assert [file.name for file in sources if stores.search(file.read_text())] == ["memory.ts"]
    for file in SERVER.rglob("*.py"):
        assert not re.search(r"\.set_(signed_)?cookie\(|\.cookies\[", file.read_text()), file
    for file in SERVER.rglob("templates/**/*.html"):
        assert not re.search(r"(src|href|action)=[\"'](https?:)?//", file.read_text()), file


@pytest.mark.requirement(99)
def test_the_room_names_no_address_outside_the_installation() -> None:
    for file in CLIENT.rglob("*.ts*"):
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", file.read_text(), flags=re.DOTALL)
        if ".test." not in file.name:
            # The person's own computer is not outside.
            assert not re.search(r"[\"'`](https?|wss?)://(?!127\.0\.0\.1:)\w", code), file


@pytest.mark.requirement(80)
@pytest.mark.requirement(99)
def test_an_address_that_nobody_declared_is_an_error(settings: Settings) -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**directives, "img-src": ["'self'", "https://count.example"]}}
    assert ["https://count.example" in error.msg for error in checks.check_hosts()] == [True]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "mail.example"
    assert checks.check_hosts() == []


@pytest.mark.requirement(90)
def test_a_processor_is_given_no_field_that_is_not_declared_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = list(register.declarations())
    (mail,) = register.processors()
    greedy = replace(
        mail, key="greedy", places=("jobs.Mail.to", "meetings.Meeting.subject", "accounts.Account.nothing")
    )
    monkeypatch.setattr(register, "declarations", lambda: iter([*declared, greedy]))
    assert [error.msg.partition(" ")[0] for error in checks.check_processors()] == [
        "meetings.Meeting.subject",
        "accounts.Account.nothing",
    ]


@pytest.mark.django_db
@pytest.mark.requirement(59)
def test_every_mail_has_a_declared_class() -> None:
    templates = {file.name.removesuffix("_message.txt") for file in SERVER.rglob("templates/**/email/*_message.txt")}
    assert "password_reset_key" in templates
    assert templates == {name for each in register.mail_classes() for name in each.names}
    with pytest.raises(register.UndeclaredMail):
        post(kind="offer", to="alice@example.org", subject="Buy", text="Now", now=timezone.now())


def test_the_manifests_are_what_fides_reads() -> None:
    exported = json.loads(manifests.export())
    (system,), (dataset,) = exported["system"], exported["dataset"]
    assert System.model_validate(system).privacy_declarations
    read = Dataset.model_validate(dataset)
    assert {each.name for each in read.collections} >= {"accounts.account", "sessions.session"}
    described = {name for place in register.model_places() if (name := place.lower())}
    assert {f"{each.name}.{field.name}" for each in read.collections for field in each.fields} == described
    personal = [field for each in read.collections for field in each.fields if field.data_categories]
    assert len(personal) == len([place for each in register.personal() for place in each.places if ":" not in place])


def test_every_declaration_says_something() -> None:
    for each in register.personal():
        said = [getattr(each, field.name) for field in fields(each) if field.name != "person"]
        assert all(said), each
        assert each.retention.words


@pytest.mark.requirement(99)
@pytest.mark.parametrize(
    ("number", "change"),
    [
        ("E004", {"person": None}),
        ("E004", {"person": register.Person()}),
        ("E004", {"person": register.Person(account="organizer", unknown="and yet unknown")}),
        ("E004", {"person": register.Person(account="friend__account")}),
        ("E005", {"retention": register.Retention.days_after(3, "subject", "the subject")}),
        ("E005", {"retention": register.Retention.days_after(3, "forgotten_at", "nothing")}),
        ("E005", {"retention": register.Retention.with_row("subject", "with nothing")}),
        ("E005", {"retention": register.Retention.by_job("conclave.web.jobs.actions.forget_all", "for ever")}),
        ("E005", {"retention": register.Retention.in_memory("although it is a row")}),
        ("E006", {"erasure": register.Erasure.blank("number", why="not declared here")}),
    ],
)
def test_a_declaration_that_nothing_can_keep_is_an_error(
    monkeypatch: pytest.MonkeyPatch, number: str, change: dict[str, object]
) -> None:
    others = [each for each in register.declarations() if "meetings.Meeting.subject" not in getattr(each, "places", ())]
    (sound,) = [each for each in register.personal() if "meetings.Meeting.subject" in each.places]
    monkeypatch.setattr(register, "declarations", lambda: iter([*others, replace(sound, **change)]))  # type: ignore[arg-type]
    assert [error.id for error in checks.check_declarations()] == [f"privacy.{number}"]


@pytest.mark.requirement(39)
def test_a_purpose_that_nothing_is_used_for_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = [each for each in register.declarations() if Purpose.QUALITY not in getattr(each, "purposes", ())]
    monkeypatch.setattr(register, "declarations", lambda: iter(declared))
    assert [error.msg for error in checks.check_declarations()] == ["No declaration names the purpose QUALITY."]


@pytest.mark.requirement(23)
def test_a_job_that_a_retention_names_is_run_by_the_worker() -> None:
    called = {name for task, _every in periodic() for name in task.func.__code__.co_names}
    jobs = {each.retention.job.rpartition(".")[2] for each in register.personal() if each.retention.job}
    assert jobs
    assert jobs <= called
    assert "purge_register" in called


def test_the_person_of_a_row_is_found_by_account_and_by_address(alice: Account, bob: Account) -> None:
    Mail.objects.create(message_id="<1@localhost>", to="Alice@example.org", created_at=timezone.now())
    (mail,) = [each for each in register.personal() if "jobs.Mail.to" in each.places]
    assert mail.person
    assert Mail.objects.filter(mail.person.query(account_id=alice.pk, emails=("alice@example.org",))).count() == 1
    assert not Mail.objects.filter(mail.person.query(account_id=bob.pk, emails=("bob@example.org",)))
    (name,) = [each for each in register.personal() if "accounts.Account.first_name" in each.places]
    assert name.person
    assert list(Account.objects.filter(name.person.query(account_id=alice.pk))) == [alice]
    assert not Account.objects.filter(name.person.query())


def test_the_words_of_the_register_are_in_the_taxonomy_of_fides() -> None:
    for ours, theirs in (
        (Category, DEFAULT_TAXONOMY.data_category),
        (Purpose, DEFAULT_TAXONOMY.data_use),
        (Subject, DEFAULT_TAXONOMY.data_subject),
    ):
        known = {each.fides_key for each in theirs}
        assert {each.key for each in ours} <= known
    assert {each.key for each in Basis} <= {each.value for each in LegalBasisForProcessingEnum}
