from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import URLResolver, get_resolver
from pytest_django import Settings

from conclave.instance import Instance
from conclave.web.accounts.models import Account
from conclave.web.config.operator import Operator
from conclave.web.meetings.models import Meeting
from conclave.web.privacy import register, texts
from tests.web.conftest import Browser

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/",
    "/privacy/",
    "/terms/",
    "/privacy/changes/",
    "/terms/changes/",
    "/help/cookies/",
    "/join/",
    "/outbox/",
    "/accounts/login/",
    "/accounts/signup/",
]
PUBLIC += ["/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/confirm-email/"]
SIGNED_IN = ["/meetings/", "/meetings/schedule/", "/account/", "/account/email/", "/account/delete/"]
SIGNED_IN += ["/account/data/", "/account/choices/", "/accounts/password/change/"]


@pytest.mark.requirement(95)
def test_the_policy_has_nine_numbered_sections_with_links_to_and_back(browser: Browser) -> None:
    page = browser().get("/privacy/").content.decode()
    headings = re.findall(r'<section id="([a-z]+)">\s*<h2 id="section-\d">(\d)\. (.+?)</h2>', page)
    assert [number for _, number, _ in headings] == list("123456789")
    contents = page[page.index('aria-label="Contents"') : page.index("</nav>", page.index('aria-label="Contents"'))]
    links = re.findall(r'<li><a href="#([a-z]+)">(.+?)</a></li>', contents)
    assert links == [(place, words) for place, _, words in headings]
    assert page.count('<a href="#top">Back to top</a>') == 9
    assert 'id="top"' in page


@pytest.mark.requirement(95)
def test_every_page_links_to_policy_and_terms(browser: Browser, alice: Account, meeting: Meeting) -> None:
    own = [f"/meetings/{meeting.spoken_number}/{rest}" for rest in ("", "edit/", "delete/")]
    missing = ["/j/100-000-000", "/nothing/"]
    visits = [(browser(), path) for path in [*PUBLIC, *missing]]
    visits += [(browser(alice), path) for path in [*SIGNED_IN, *own]]
    for client, path in visits:
        page = client.get(path)
        assert page.status_code in (200, 404), path
        assert b'href="/privacy/"' in page.content, path
        assert b'href="/terms/"' in page.content, path


def test_the_meetings_page_hands_both_addresses_to_the_room(browser: Browser, meeting: Meeting) -> None:
    page = browser().get(f"/j/{meeting.spoken_number}").content
    assert b'data-privacy-url="/privacy/"' in page
    assert b'data-terms-url="/terms/"' in page


def test_no_page_is_forgotten_above() -> None:
    """Whoever adds an address adds it to the lists above, or here if it is no page or needs a secret to be seen."""
    no_page = {"healthz", "meetings/now/", "key", "ticket", "live/reports", "accounts/logout/", "accounts/inactive/"}
    no_page |= {"account/email/cancel/", "privacy/seen/", "account/data/download/", "erased/"}
    seen_elsewhere = {"versions/<int:number>/", "confirm-email/", "password/reset/key/"}
    for pattern in all_patterns(get_resolver()):
        listed = any(pattern == path.lstrip("/") for path in [*PUBLIC, *SIGNED_IN])
        is_meeting = pattern.startswith(("meetings/<", "j/<"))
        known = any(each in pattern for each in no_page | seen_elsewhere)
        assert listed or is_meeting or known, pattern


def all_patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from all_patterns(each, path)
        else:
            yield path


@pytest.mark.requirement(95)
def test_the_inventory_is_the_registers(browser: Browser) -> None:
    page = browser().get("/privacy/").content.decode()
    for each in register.personal():
        assert page.count(f"<p>{each.what[0].upper()}{each.what[1:]}</p>") == 1
        assert each.retention.words in page


@pytest.mark.requirement(101)
def test_the_policy_says_what_the_site_collects_what_the_room_and_what_the_helper(browser: Browser) -> None:
    page = browser().get("/privacy/").content.decode()
    assert f"the {' or the '.join(register.Source)}." in page
    collected = re.findall(r"<dt>Collected by</dt><dd>the (.+?)</dd>", page)
    assert sorted(collected) == sorted(each.source for each in register.personal())
    assert set(collected) == set(register.Source)
    helper = page.split("What Conclave Helper holds on your computer", 1)[1].split("</ul>", 1)[0]
    assert helper.count(f"the {register.Source.HELPER}") == collected.count(register.Source.HELPER) > 0


@pytest.mark.requirement(59)
def test_the_policy_lists_every_mail_and_who_carries_it(browser: Browser) -> None:
    page = browser().get("/privacy/").content.decode()
    for mail in register.mail_classes():
        assert f"<li>{mail.what[0].upper()}{mail.what[1:]}" in page
    for each in register.processors():
        assert f"whoever {each.does}" in page


@pytest.mark.requirement(113)
@pytest.mark.parametrize("path", ["/privacy/", "/terms/"])
def test_who_loses_a_password_by_carelessness_may_lose_their_data(browser: Browser, path: str) -> None:
    page = browser().get(path).content.decode()
    assert "carelessness" in page
    assert re.search(r"change it at once", page)


@pytest.mark.requirement(110)
def test_the_ways_to_reach_the_operator_are_settings(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    told = {
        "CONTACT": "privacy@example.org",
        "PHONE": "+1 555 0100",
        "ADDRESS": "1 Main Street",
        "CARE": "care@example.org",
    }
    instance = Instance(data="/nowhere", host="meet.example")
    settings.INSTANCE = instance
    settings.OPERATOR = Operator.from_environment(instance, {f"CONCLAVE_{key}": text for key, text in told.items()})
    page = texts.policy.__wrapped__()
    assert all(text in page for text in told.values())


@pytest.mark.requirement(77)
@pytest.mark.parametrize("path", ["/", "/privacy/", "/terms/", "/privacy/changes/", "/help/cookies/", "/join/"])
def test_public_pages_need_no_cookie_and_set_none(browser: Browser, path: str) -> None:
    answer = browser().get(path)
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.requirement(79)
def test_it_is_explained_how_to_refuse_cookies_and_be_told_of_them(browser: Browser) -> None:
    page = browser().get("/help/cookies/").content.decode()
    for browser_name in ("Firefox", "Chrome", "Safari", "Edge"):
        assert browser_name in page
    assert "refuse new cookies, how to be told when one is set, and how to turn them off" in page
    assert {"sessionid", "csrftoken"} == set(re.findall(r"<td><code>(\w+)</code></td>", page))


def test_the_cookies_explained_are_those_declared() -> None:
    assert {place for place in register.declared_places() if place.startswith("cookie:")} == {
        "cookie:sessionid",
        "cookie:csrftoken",
    }
