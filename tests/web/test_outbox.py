from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.test.utils import override_settings
from django.utils import timezone

from conclave.web.jobs import actions, outbox
from tests.web.conftest import Browser, work_off

pytestmark = pytest.mark.django_db


def post(subject: str, text: str = "See http://localhost:8000/accounts/confirm-email/a:b:c/ now\n") -> None:
    actions.post(kind="email_confirmation", to="carol@example.org", subject=subject, text=text, now=timezone.now())


def test_it_shows_letters_newest_first_with_links(browser: Browser) -> None:
    post("First")
    work_off()
    post("Second")
    work_off()
    page = browser().get("/outbox/").content.decode()
    assert page.index("Second") < page.index("First")
    assert '<a href="http://localhost:8000/accounts/confirm-email/a:b:c/"' in page


def test_what_a_letter_says_is_not_markup(browser: Browser) -> None:
    post("<b>Hi</b>", "<script>alert(1)</script>\n")
    work_off()
    page = browser().get("/outbox/").content.decode()
    assert "<b>Hi" not in page
    assert "<script>alert" not in page


def test_it_looks_again_while_a_letter_is_on_its_way(browser: Browser) -> None:
    client = browser()
    assert b"data-reload-after-ms" not in client.get("/outbox/").content
    post("Soon")
    assert b"data-reload-after-ms" in client.get("/outbox/").content
    work_off()
    assert b"data-reload-after-ms" not in client.get("/outbox/").content


def test_an_installation_in_earnest_has_no_such_page(browser: Browser) -> None:
    with override_settings(INSTANCE=replace(settings.INSTANCE, host="meet.example.org")):
        assert browser().get("/outbox/").status_code == 404


def test_old_letters_are_deleted_and_only_the_owner_reads_new_ones() -> None:
    post("Old")
    work_off()
    (file,) = settings.INSTANCE.outbox.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    outbox.forget_old(now=timezone.now() + outbox.KEPT - timedelta(minutes=1))
    assert file.exists()
    outbox.forget_old(now=timezone.now() + outbox.KEPT + timedelta(minutes=1))
    assert os.listdir(settings.INSTANCE.outbox) == []
