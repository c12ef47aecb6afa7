"""Nothing about a person leaves but through the gate, and nothing at all leaves past it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail as django_mail
from pytest_django import Settings

from conclave.instance import Instance
from conclave.web.accounts.models import Account
from conclave.web.gate import network
from conclave.web.gate.gate import NotDisclosed, disclosing
from conclave.web.gate.models import Disclosure
from conclave.web.gate.network import NetworkClosed
from conclave.web.jobs import actions
from conclave.web.privacy.vocabulary import Purpose
from tests.web.conftest import NOON, Browser

ELSEWHERE = "192.0.2.1"  # RFC 5737: nobody has it
TO = ("jobs.Mail.to",)


@pytest.fixture
def earnest(settings: Settings) -> Settings:
    """An installation in earnest, with a mail server whose name need not exist."""
    settings.INSTANCE = replace(settings.INSTANCE, host="meet.example.org")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.EMAIL_HOST = ELSEWHERE
    settings.AGREEMENTS = {"mail": "DPA of 12 January 2026"}
    return settings


def post(to: str = "alice@example.org") -> str:
    letter = actions.post(kind="email_confirmation", to=to, subject="Hello", text="Words of the mail", now=NOON)
    return str(letter.pk)


def give(**changed: object) -> None:
    usual = {"about": "a@example.org", "places": TO, "purpose": Purpose.COMMUNICATION, "reference": "1", "now": NOON}
    with disclosing(str(changed.pop("key", "mail")), **{**usual, **changed}):  # type: ignore[arg-type]
        pass


# --- the gate ---


@pytest.mark.requirement(40)
@pytest.mark.django_db
def test_what_is_given_is_logged_once_for_each_mail_and_without_its_words(earnest: Settings) -> None:
    mail_id = post()
    actions.deliver(mail_id=mail_id, now=NOON)
    actions.deliver(mail_id=mail_id, now=NOON)
    assert len(django_mail.outbox) == 1
    given = Disclosure.objects.get()
    assert (given.about, given.recipient) == ("alice@example.org", "the mail providers on the way to you")
    assert given.places.split() == list(actions.GIVEN)
    assert "Words of the mail" not in str(vars(given))


@pytest.mark.requirement(40)
def test_people_see_who_was_given_what(browser: Browser, alice: Account, bob: Account, earnest: Settings) -> None:
    give(about="alice@example.org", reference="1")
    give(about="bob@example.org", reference="2", places=("jobs.Mail.subject",))
    earnest.INSTANCE = replace(earnest.INSTANCE, host="localhost")
    page = browser(alice).get("/account/data/").content.decode()
    assert "the mail providers on the way to you" in page
    assert "jobs.Mail.to" in page
    assert "jobs.Mail.subject" not in page


@pytest.mark.requirement(91)
@pytest.mark.django_db
def test_without_a_recorded_agreement_nothing_is_given(earnest: Settings) -> None:
    earnest.AGREEMENTS = {}
    mail_id = post()
    with pytest.raises(NotDisclosed, match="no agreement"):
        actions.deliver(mail_id=mail_id, now=NOON)
    assert django_mail.outbox == []
    assert not Disclosure.objects.exists()


@pytest.mark.requirement(90)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"key": "analytics"}, "no processor"),
        ({"places": ("accounts.Account.first_name",)}, "not declared for the processor"),
        ({"places": ("jobs.Mail.to", "meetings.Meeting.subject")}, "meetings.Meeting.subject"),
        ({"purpose": Purpose.QUALITY}, "not declared for this purpose"),
    ],
)
def test_what_is_not_declared_is_not_given(earnest: Settings, changed: dict[str, object], words: str) -> None:
    with pytest.raises(NotDisclosed, match=words):
        give(**changed)
    assert not Disclosure.objects.exists()


@pytest.mark.django_db
def test_a_trial_gives_nothing_to_anybody() -> None:
    give()
    assert not Disclosure.objects.exists()


# --- the network ---


def connect() -> None:
    with socket.socket() as tried:
        tried.settimeout(0.01)
        tried.connect((ELSEWHERE, 25))


def send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        tried.sendto(b"hello", (ELSEWHERE, 53))


def look_up() -> None:
    socket.getaddrinfo("example.org", 443)


def send_a_message() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
        tried.sendmsg([b"hello"], [], 0, (ELSEWHERE, 53))


def look_up_by_host() -> None:
    socket.gethostbyname("example.org")


def look_up_backwards() -> None:
    socket.getnameinfo((ELSEWHERE, 53), 0)


def look_up_backwards_by_host() -> None:
    socket.gethostbyaddr(ELSEWHERE)


WAYS = [connect, send, send_a_message, look_up, look_up_by_host, look_up_backwards, look_up_backwards_by_host]


@pytest.mark.requirement(92)
@pytest.mark.parametrize("reach", WAYS)
def test_past_the_gate_nothing_reaches_another_computer(reach: Callable[[], None]) -> None:
    with pytest.raises(NetworkClosed) as refused:
        reach()
    assert "example.org" not in str(refused.value)


def test_this_computer_is_not_elsewhere() -> None:
    with socket.create_server(("127.0.0.1", 0)) as here:
        socket.create_connection(here.getsockname()[:2]).close()
    socket.getaddrinfo("localhost", 80)


@pytest.mark.requirement(92)
def test_inside_the_gate_one_computer_is_reached_and_no_other() -> None:
    with network.open_to(ELSEWHERE):
        with pytest.raises(OSError) as tried:  # noqa: PT011  # which of them, the network says
            connect()
        assert not isinstance(tried.value, NetworkClosed)
        with pytest.raises(NetworkClosed):
            look_up()
        with pytest.raises(NetworkClosed), socket.socket() as other:
            other.connect(("192.0.2.2", 25))
    with pytest.raises(NetworkClosed):
        connect()


@pytest.mark.requirement(92)
@pytest.mark.parametrize("part", ["serve", "worker"])
def test_the_processes_of_the_site_are_closed(tmp_path: Path, part: str) -> None:
    """Each is started as it is, but tries to reach another computer where it would begin its work."""
    code = f"""
import socket, sys
from conclave.instance import Instance
from conclave.web import serve, worker
def attempt():
    try:
        socket.create_connection(("{ELSEWHERE}", 25), timeout=0.01)
    except OSError as error:
        print(type(error).__name__, flush=True)
if "{part}" == "serve":
    serve.asyncio.run = lambda _: attempt()
    serve._serve = lambda _: None
    serve.run(Instance.from_environment())
else:
    import conclave.web.serve
    instance = Instance.from_environment()
    conclave.web.serve.prepare(instance)
    import conclave.web.jobs.worker
    conclave.web.jobs.worker.work = lambda _: attempt()
    worker.run(instance)
"""
    environment = os.environ | Instance(data=str(tmp_path)).to_environment()
    environment["DJANGO_SETTINGS_MODULE"] = "tests.web.settings"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "NetworkClosed\n", done.stderr


def test_disclosures_are_kept_for_a_year(earnest: Settings, db: None) -> None:
    from conclave.web.gate.personal_data import KEPT_DAYS
    from conclave.web.privacy.retention import purge

    give()
    purge(now=NOON + timedelta(days=KEPT_DAYS, seconds=-1))
    assert Disclosure.objects.exists()
    purge(now=NOON + timedelta(days=KEPT_DAYS, seconds=1))
    assert not Disclosure.objects.exists()
