from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from conclave.web.config.asgi import MAX_BODY_BYTES, Application, bounded, join_cookies, static_files

Headers = list[tuple[bytes, bytes]]


def ask(application: Application, path: str = "/", headers: Headers | None = None) -> list[MutableMapping[str, Any]]:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers or []}
    asyncio.run(application(scope, receive, send))
    return sent


async def mirror(scope: MutableMapping[str, Any], _receive: object, send: Any) -> None:
    await send({"headers": scope["headers"]})


def test_cookies_that_http2_sends_one_by_one_are_joined() -> None:
    sent = ask(join_cookies(mirror), headers=[(b"cookie", b"a=1"), (b"host", b"x"), (b"cookie", b"b=2")])
    assert sent == [{"headers": [(b"host", b"x"), (b"cookie", b"a=1; b=2")]}]


@pytest.mark.parametrize("headers", [[], [(b"cookie", b"a=1")], [(b"host", b"x")]])
def test_other_requests_are_passed_on_as_they_are(headers: Headers) -> None:
    assert ask(join_cookies(mirror), headers=headers) == [{"headers": headers}]


READ_WHOLE = ["http.request"] * 8


@pytest.mark.parametrize(("chunks", "read"), [(8, READ_WHOLE), (9, [*READ_WHOLE, "http.disconnect"])])
def test_a_request_without_end_is_given_up(chunks: int, read: list[str]) -> None:
    seen: list[str] = []

    async def reader(_scope: object, receive: Any, _send: object) -> None:
        for _ in range(chunks):
            seen.append((await receive())["type"])

    async def endless() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": bytes(MAX_BODY_BYTES // 8), "more_body": True}

    async def send(_message: MutableMapping[str, Any]) -> None: ...

    asyncio.run(bounded(reader)({"type": "http"}, endless, send))
    assert seen == read


@pytest.fixture
def site(tmp_path: Path) -> Application:
    (tmp_path / "room" / "assets").mkdir(parents=True)
    (tmp_path / "room" / "assets" / "meeting-DDDDDDDD.js").write_text("export {};")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    with override_settings(STATIC_FOLDER=tmp_path):
        return static_files(mirror)


def headers_of(sent: list[MutableMapping[str, Any]]) -> dict[bytes, bytes]:
    return dict(sent[0]["headers"])


def test_what_vite_has_hashed_is_served_under_that_name_for_ever(site: Application) -> None:
    headers = headers_of(ask(site, "/static/room/assets/meeting-DDDDDDDD.js"))
    assert b"immutable" in headers[b"cache-control"]
    assert headers[b"content-type"].startswith(b"text/javascript")
    assert b"immutable" not in headers_of(ask(site, "/static/favicon.svg"))[b"cache-control"]


def test_a_worker_is_bound_by_the_content_policy_too(site: Application) -> None:
    headers = headers_of(ask(site, "/static/room/assets/meeting-DDDDDDDD.js"))
    assert b"default-src 'none'" in headers[b"content-security-policy"]
    assert b"connect-src 'self' ws://localhost:8443 https://localhost:8443" in headers[b"content-security-policy"]
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"access-control-allow-origin" not in headers


OUTSIDE = ["/static/../settings.py", "/static/%2e%2e/x", "/static/nothing.js", "/static//etc/passwd"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_folder_is_served(site: Application, path: str) -> None:
    assert "status" not in ask(site, path)[0]  # it was passed on to Django


def test_the_static_folder_is_part_of_the_package() -> None:
    assert (settings.STATIC_FOLDER / "site" / "favicon.svg").exists()
