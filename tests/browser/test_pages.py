"""Every page: nothing serious for axe, light and dark, wide and phone-sized, and one origin only."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.cast import Person
from tests.browser.conftest import Invite

AXE = Path(__file__).parents[2] / "client" / "node_modules" / "axe-core" / "axe.min.js"
PUBLIC = [
    "/",
    "/accounts/signup/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/join/",
    "/privacy/",
    "/privacy/changes/",
]
PUBLIC += ["/terms/", "/help/cookies/", "/outbox/", "/j/999-999-999"]
SIGNED_IN = ["/meetings/", "/meetings/schedule/", "/account/", "/account/email/", "/account/choices/"]
SIGNED_IN += ["/account/data/", "/account/delete/"]
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


def serious_faults(page: Page) -> list[str]:
    """What axe calls serious or critical on the page as it stands."""
    if page.evaluate("typeof window.axe") == "undefined":
        page.evaluate(AXE.read_text())
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {found['id']} {[node['html'][:160] for node in found['nodes'][:3]]}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
    ]


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def has_squeezed_text(page: Page) -> bool:
    """Whether a cell is so narrow that its words are broken into letters."""
    return bool(
        page.evaluate("""[...document.querySelectorAll('dd, td')].some((cell) =>
            cell.checkVisibility() && cell.innerText.length > 8
            && cell.clientWidth < 4 * parseFloat(getComputedStyle(cell).fontSize))""")
    )


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_site_has_no_serious_fault(alice: Person, scheme: str, width: int) -> None:
    alice.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    alice.page.set_viewport_size({"width": width, "height": 800})
    alice.meet_now()
    meeting = alice.page.url
    for path in [*PUBLIC, *SIGNED_IN, meeting]:
        alice.page.goto(path if path.startswith("http") else alice.server.origin + path)
        assert serious_faults(alice.page) == []
        assert not scrolls_sideways(alice.page), alice.page.url
        assert not has_squeezed_text(alice.page), alice.page.url


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_room_has_no_serious_fault(alice: Person, invite: Invite, scheme: str, width: int) -> None:
    link = alice.meet_now()
    alice.start_meeting()
    carol = invite("Carol", color_scheme=scheme, reduced_motion="reduce")
    carol.page.set_viewport_size({"width": width, "height": 800})
    carol.open(link)
    assert serious_faults(carol.page) == []
    carol.join()
    assert serious_faults(carol.page) == []
    for panel in ("Chat", "Participants", "Security"):
        carol.show(panel)
        assert serious_faults(carol.page) == []
        assert not scrolls_sideways(carol.page)
        carol.page.keyboard.press("Escape")


@pytest.mark.requirement(77)
def test_who_refuses_all_cookies_still_reads_the_public_pages(invite: Invite, alice: Person) -> None:
    stranger = invite("Eve")
    stranger.page.route("**/*", lambda route: route.continue_(headers=_without_cookies(route.request.headers)))
    for path in ("/", "/privacy/", "/terms/", "/join/", "/help/cookies/"):
        answer = stranger.page.goto(alice.server.origin + path)
        assert answer
        assert answer.status == 200
        expect(stranger.page.get_by_role("heading", level=1)).to_be_visible()


def _without_cookies(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "cookie"}
