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
application = static_files(join_cookies(core))
