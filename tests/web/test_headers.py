from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conclave.instance import Instance
from conclave.web.accounts.models import Account
from conclave.web.meetings.models import Meeting
from tests.web.conftest import Browser

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "worker-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "font-src": {"'self'"},
    # The room's socket, the relay, and Conclave Helper on the person's own computer.
    "connect-src": {
        "'self'",
        "ws://localhost:8443",
        "https://localhost:8443",
        *(f"ws://127.0.0.1:{port}" for port in (27653, 27654, 27655)),
    },
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "require-trusted-types-for": {"'script'"},
    "trusted-types": {"conclave"},
}


def test_the_content_policy_allows_what_is_ours_and_nothing_else(browser: Browser, meeting: Meeting) -> None:
    for path in ("/", f"/j/{meeting.spoken_number}", "/nothing/", "/accounts/login/"):
        header = browser().get(path).headers["Content-Security-Policy"]
        rules = (rule.strip().split(" ") for rule in header.split(";"))
        assert {name: set(sources) for name, *sources in rules} == POLICY


def test_pages_hold_no_inline_script_and_no_inline_style(browser: Browser, alice: Account, meeting: Meeting) -> None:
    client = browser(alice)
    for path in ("/", "/privacy/", "/meetings/", f"/meetings/{meeting.spoken_number}/", f"/j/{meeting.spoken_number}"):
        page = client.get(path).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page), path
        scripts = re.findall(r"<script([^>]*)>([^<]*)", page)
        assert scripts, path
        assert all('src="/static/room/' in tag and not inline for tag, inline in scripts), path


def test_screen_camera_and_microphone_are_for_our_own_pages(browser: Browser) -> None:
    policy = browser().get("/").headers["Permissions-Policy"].split(", ")
    assert {"camera=(self)", "microphone=(self)", "display-capture=(self)", "geolocation=()"} <= set(policy)


def test_addresses_are_not_told_to_others(browser: Browser) -> None:
    answer = browser().get("/")
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def settings_of(instance: Instance, **environment: str) -> dict[str, object]:
    """Return the settings of another installation, by a process of its own."""
    program = (
        "import json; from conclave.web.config import settings as s; "
        "print(json.dumps({name: value for name, value in vars(s).items() if name.isupper()}, default=str))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **instance.to_environment(), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])
    found: dict[str, object] = json.loads(run.stdout)
    return found


IN_EARNEST = {"CONCLAVE_CONTACT": "privacy@example.org", "CONCLAVE_SMTP_URL": "smtp+tls://me:p%40ss@mail.example.org"}
IN_EARNEST["CONCLAVE_MAIL_AGREEMENT"] = "DPA of 12 January 2026"


@pytest.mark.requirement(87)
def test_with_a_certificate_everything_is_encrypted(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path), host="meet.example.org", port=443, cert="cert.pem", key="key.pem")
    found = settings_of(instance, **IN_EARNEST)
    assert found["SECURE_SSL_REDIRECT"]
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] == 365 * 86_400
    assert found["EMAIL_USE_TLS"]
    assert (found["EMAIL_PORT"], found["EMAIL_HOST_PASSWORD"]) == (587, "p@ss")
    assert found["ALLOWED_HOSTS"] == ["meet.example.org"]


@pytest.mark.requirement(87)
@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"CONCLAVE_MAIL_AGREEMENT": ""}, "Set CONCLAVE_MAIL_AGREEMENT"),
        ({"CONCLAVE_SMTP_URL": ""}, "Set CONCLAVE_SMTP_URL to the mail server"),
        ({"CONCLAVE_SMTP_URL": "smtp://mail.example.org"}, "CONCLAVE_SMTP_URL must encrypt"),
        ({"CONCLAVE_SMTP_URL": "mail.example.org"}, "Set CONCLAVE_SMTP_URL to the mail server"),
        ({"CONCLAVE_CONTACT": ""}, "Set CONCLAVE_CONTACT"),
    ],
)
def test_an_installation_in_earnest_does_not_start_without(
    tmp_path: Path, missing: dict[str, str], sentence: str
) -> None:
    with pytest.raises(RuntimeError, match=sentence):
        settings_of(Instance(data=str(tmp_path), host="meet.example.org"), **{**IN_EARNEST, **missing})
