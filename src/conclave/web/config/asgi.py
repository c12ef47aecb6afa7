"""The site as one ASGI application: static files first, then Django."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from wsgiref.headers import Headers

from csp.utils import build_policy
from django.conf import settings
from django.core.asgi import get_asgi_application
from servestatic import ServeStaticASGI

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

FAVICON_MAX_AGE_S = 3600
MAX_BODY_BYTES = 512 * 1024  # the largest request is 100 reports of 2 KiB; Django would first write it all to disk
HASHED_BY_VITE = re.compile(r"^/static/room/assets/")


def join_cookies(application: Application) -> Application:
    """Join the cookies that HTTP/2 sends one by one (RFC 9113, section 8.2.3).

    Django 5.2 would join them with a comma, and whoever has two cookies could not sign in.
    """

    async def joined(scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope.get("headers", [])
        cookies = [value for name, value in headers if name == b"cookie"]
        if len(cookies) > 1:
            others = [(name, value) for name, value in headers if name != b"cookie"]
            scope = {**scope, "headers": [*others, (b"cookie", b"; ".join(cookies))]}
        await application(scope, receive, send)

    return joined


def bounded(application: Application) -> Application:
    """Stop reading a request that is too long for anything it could be; Django then gives it up."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        left = MAX_BODY_BYTES

        async def receive_some() -> MutableMapping[str, Any]:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            return message if left >= 0 else {"type": "http.disconnect"}

        await application(scope, receive_some, send)

    return bounded


def static_files(application: Application) -> Application:
    """Serve the static folder as it is, so that nobody has to collect anything first."""

    def add_headers(headers: Headers, _path: str, _url: str) -> None:
        # A worker is bound by the policy of its own file, not of the page.
        headers["Content-Security-Policy"] = build_policy() or ""
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"

    served: Application = ServeStaticASGI(
        application,
        root=settings.STATIC_FOLDER,
        prefix=settings.STATIC_URL,
        max_age=FAVICON_MAX_AGE_S,
        allow_all_origins=False,
        immutable_file_test=lambda _path, url: HASHED_BY_VITE.match(url) is not None,
        add_headers_function=add_headers,
    )
    return served


core: Any = get_asgi_application()  # Django writes the types of ASGI a little differently
application = static_files(bounded(join_cookies(core)))
