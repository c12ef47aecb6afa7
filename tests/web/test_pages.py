from __future__ import annotations

import logging

import pytest
from django.core.exceptions import ImproperlyConfigured

from conclave.web.accounts.models import Account
from conclave.web.config.logs import DiscreetFormatter
from conclave.web.pages.templatetags.bundle import bundle
from tests.web.conftest import Browser

pytestmark = pytest.mark.django_db


def test_home_leads_a_stranger_and_a_friend_on(browser: Browser, alice: Account) -> None:
    stranger = browser().get("/").content.decode()
    assert all(words in stranger for words in ("Meet now", "Sign in", "Join a meeting", "Create an account"))
    friend = browser(alice).get("/").content.decode()
    assert 'action="/meetings/now/"' in friend
    assert "Sign out" in friend
    assert "Sign in" not in friend


def test_health_is_that_of_the_database(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert browser().get("/healthz").content == b"ok\n"

    def broken() -> None:
        raise OSError("disk")

    monkeypatch.setattr("conclave.web.pages.views.connection.cursor", broken)
    client = browser()
    client.raise_request_exception = False
    assert client.get("/healthz").status_code == 500


def test_a_missing_page_is_friendly(browser: Browser) -> None:
    answer = browser().get("/meetings/481-516-234/")
    assert answer.status_code == 404
    assert b"/accounts/login/?next=/meetings/481-516-234/" in answer.content


def test_an_error_of_ours_says_so_without_details(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser()
    client.raise_request_exception = False
    monkeypatch.setattr("conclave.web.privacy.views.render", lambda *_: 1 / 0)
    answer = client.get("/privacy/")
    assert answer.status_code == 500
    assert b"Something went wrong" in answer.content
    assert b"ZeroDivision" not in answer.content


def test_a_bundle_without_the_entry_names_the_command() -> None:
    with pytest.raises(ImproperlyConfigured, match="make bundle"):
        bundle("src/pages/nothing.ts")


def test_another_name_of_this_computer_leads_to_the_one_that_the_live_plane_expects(browser: Browser) -> None:
    by_number = {"host": "127.0.0.1:8000", "accept": "text/html,*/*"}
    assert (
        browser().get("/join/?number=1", headers=by_number).headers["Location"]
        == "http://localhost:8000/join/?number=1"
    )
    assert browser().get("/healthz", headers={"host": "127.0.0.1:8000"}).status_code == 200
    assert browser().get("/", headers={"host": "mallory.example"}).status_code == 400


def test_what_is_logged_of_an_error_names_no_path_and_no_words(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = "alice@example.org"

    def broken(*_: object) -> None:
        raise ValueError(words)

    monkeypatch.setattr("conclave.web.privacy.views.render", broken)
    client = browser()
    client.raise_request_exception = False
    client.get("/privacy/?key=secret")
    (record,) = caplog.records
    line = DiscreetFormatter("%(levelname)s %(name)s %(message)s").format(record)
    assert line.startswith("ERROR django.request Internal Server Error\n")
    assert line.endswith("ValueError")
    assert "privacy/views.py" in line
    assert "secret" not in line
    assert words not in line
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    assert any(isinstance(formatter, DiscreetFormatter) for formatter in formatters)
