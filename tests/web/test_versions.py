"""Every version of policy and terms has a number, a date and a page for ever; the difference is readable."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from conclave.web.privacy import publishing, texts
from conclave.web.privacy.differences import Kind, Piece, between
from conclave.web.privacy.models import PublishedText
from tests.web.conftest import NOON, Browser

pytestmark = pytest.mark.django_db

POLICY = PublishedText.Kind.POLICY


def publish(monkeypatch: pytest.MonkeyPatch, html: str, *, day: int) -> PublishedText:
    monkeypatch.setattr(texts, "policy", lambda: html)
    publishing.publish(now=NOON + timedelta(days=day))
    return publishing.newest(POLICY)


def test_the_start_publishes_the_first_version_and_the_page_shows_it(browser: Browser) -> None:
    first = publishing.newest(POLICY)
    page = browser().get("/privacy/").content.decode()
    assert first.number == 1
    assert first.html == texts.policy()
    assert first.html in page
    assert f"Version 1 of {first.published_at:%-d %B %Y}" in page
    assert PublishedText.version_of(POLICY, 1, first.html) in page


@pytest.mark.requirement(99)
def test_what_reads_the_same_is_not_published_again() -> None:
    publishing.publish(now=NOON)
    assert list(PublishedText.objects.values_list("kind", "number")) == [("policy", 1), ("terms", 1)]


@pytest.mark.requirement(99)
def test_another_declaration_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = publishing.register.personal()[1:]
    monkeypatch.setattr(publishing.register, "personal", lambda: declared)
    monkeypatch.setattr(texts, "policy", texts.policy.__wrapped__)
    publishing.publish(now=NOON)
    assert publishing.newest(POLICY).number == 2


def test_words_that_come_back_are_a_version_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    first = publishing.newest(POLICY)
    publish(monkeypatch, "<p>Otherwise.</p>", day=1)
    third = publish(monkeypatch, first.html, day=2)
    assert (third.number, third.html) == (3, first.html)
    assert third.version != first.version


def test_each_version_keeps_its_page(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publishing.newest(POLICY)
    publish(monkeypatch, "<p>Otherwise.</p>", day=1)
    old = browser().get("/privacy/versions/1/").content.decode()
    assert first.html in old
    assert "This version no longer holds" in old
    new = browser().get("/privacy/versions/2/").content.decode()
    assert "<p>Otherwise.</p>" in new
    assert "no longer holds" not in new
    assert browser().get("/privacy/versions/3/").status_code == 404
    assert browser().get("/terms/versions/2/").status_code == 404


def test_what_changed_compares_any_two_versions(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, "<h2>1. Mail</h2><p>We keep mail for 7 days.</p>", day=1)
    publish(monkeypatch, "<h2>1. Mail</h2><p>We keep mail for 9 days.</p><p>And <b>stamps</b>.</p>", day=2)
    page = browser().get("/privacy/changes/").content.decode()
    assert "From version 2 to version 3" in page
    shown = re.sub(r"\s+", " ", page)
    assert "We keep mail for <del>7</del> <ins>9</ins> days." in shown
    assert "<strong>Added:</strong> <ins>And stamps.</ins>" in shown
    assert "<strong>Removed:</strong>" in browser().get("/privacy/changes/?from=3&to=2").content.decode()
    assert "These are the same version." in browser().get("/privacy/changes/?from=2&to=2").content.decode()


@pytest.mark.parametrize("asked", ["from=9", "to=x", "from=", "from=%00", "to=" + "9" * 5000])
def test_a_version_that_is_not_there_is_not_found(browser: Browser, asked: str) -> None:
    assert browser().get(f"/privacy/changes/?{asked}").status_code == 404


def test_differences_say_what_came_went_and_changed() -> None:
    old = "<h2>A</h2><p>Same words here.</p><p>Only in the old one, no doubt.</p><ul><li>Kept for one day</li></ul>"
    new = "<h2>A</h2><p>Same words here.</p><ul><li>Kept for two days</li><li>New line altogether</li></ul>"
    found = between(old, new)
    assert [(each.kind, each.heading) for each in found] == [
        (Kind.CHANGED, "A"),
        (Kind.ADDED, "A"),
        (Kind.REMOVED, "A"),
    ]
    assert found[0].pieces == (Piece("", "Kept for"), Piece("del", "one day"), Piece("ins", "two days"))
    assert between(old, old) == []


def test_a_description_is_read_with_its_term_and_what_it_describes() -> None:
    old = "<ul><li><p>Your name</p><dl><dt>How long</dt><dd>90 days</dd></dl></li></ul>"
    (found,) = between(old, old.replace("90", "60"))
    assert " ".join(piece.words for piece in found.pieces) == "Your name: How long: 90 60 days"


def test_markup_in_a_text_is_words_in_the_difference() -> None:
    (found,) = between("<p>a</p>", "<p>a</p><p>&lt;script&gt;alert(1)&lt;/script&gt;</p>")
    assert found.pieces == (Piece("ins", "<script>alert(1)</script>"),)
