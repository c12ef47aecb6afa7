"""The cast on the site, and what every test of it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conclave.web.accounts.models import Account
from conclave.web.gate import network
from conclave.web.jobs.outbox import Letter, letters
from conclave.web.jobs.worker import LeasedWorker
from conclave.web.meetings import actions
from conclave.web.meetings.models import Meeting
from conclave.web.privacy import register

PASSWORD = "tulip zebra onion"  # noqa: S105
DOOR_KEY = "fedcba9876543210" * 4
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

Browser = Callable[..., Client]


network.close()
"""As in the site's own processes: no test passes that needs a connection to elsewhere."""


@pytest.fixture(autouse=True)
def _as_in_earnest(settings: Settings) -> None:
    """Undo what Django replaces in tests: mail goes to the outbox."""
    settings.EMAIL_BACKEND = "conclave.web.jobs.outbox.OutboxBackend"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """Rate limits and the outbox outlive a test's transaction."""
    cache.clear()
    for file in settings.INSTANCE.outbox.iterdir():
        file.unlink()


class WatchedClient(Client):
    """A browser that takes only cookies which the privacy register knows."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        unknown = register.undeclared({f"cookie:{name}" for name in answer.cookies})
        assert not unknown, f"{request['PATH_INFO']} sets {unknown}, which nobody declared"
        return answer


@pytest.fixture
def browser() -> Browser:
    """Open a browser; signed in if `account` is given."""

    def browser(account: Account | None = None, *, enforce_csrf_checks: bool = False) -> Client:
        client = WatchedClient(headers={"host": "localhost:8000"}, enforce_csrf_checks=enforce_csrf_checks)
        if account is not None:
            client.force_login(account)
        return client

    return browser


def make_account(name: str, *, zone: str = "Europe/Berlin", verified: bool = True) -> Account:
    email = f"{name.lower()}@example.org"
    account = Account.objects.create_user(
        email=email, password=PASSWORD, first_name=name, last_name="Example", time_zone=zone
    )
    EmailAddress.objects.create(user=account, email=email, verified=verified, primary=True)
    return account


@pytest.fixture
def alice(db: None) -> Account:
    return make_account("Alice")


@pytest.fixture
def bob(db: None) -> Account:
    return make_account("Bob")


@pytest.fixture
def meeting(alice: Account) -> Meeting:
    """A meeting of alice's that is under way."""
    return meeting_with_words(alice, now=timezone.now())


def meeting_with_words(organizer: Account, *, now: datetime) -> Meeting:
    """Begin a meeting whose words the organizer's browser has made."""
    meeting = actions.meet_now(organizer=organizer, now=now)
    actions.store_door_key(meeting=meeting, door_key=DOOR_KEY)
    return meeting


def work_off() -> None:
    """Do what the job worker does, until nothing is ready."""
    LeasedWorker().run()


def mail_to(address: str) -> Letter:
    """The newest mail to `address`, after the worker had its turn."""
    work_off()
    return next(letter for letter in letters() if letter.to == address)


def link_in(letter: Letter) -> str:
    found = re.search(r"http://localhost:8000(/\S+)", letter.text)
    assert found, letter.text
    return found.group(1)
