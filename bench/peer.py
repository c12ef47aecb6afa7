"""The systems to compare with: a direct peer connection between two windows, served from here."""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from bench.browser import PAGES, Windows
from bench.shaper import NOWHERE, Shaper
from bench.viewer import Received

_CANDIDATE_LINE = re.compile(r"^a=candidate:.*\r\n", re.MULTILINE)
READY = "body[data-ready=yes]"


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to build a screen share on a direct peer connection."""

    origin: str
    source: Literal["captureStream", "generator"]
    sink: Literal["video", "worker"]

    @asynccontextmanager
    async def meeting(self, windows: Windows) -> AsyncIterator[None]:
        """Let the presenter wait with the screen at hand."""
        await windows.presenter.goto(f"{self.origin}/peer.html?role=presenter&source={self.source}")
        await windows.presenter.locator(READY).wait_for()
        try:
            yield
        finally:
            await windows.presenter.goto("about:blank")

    async def join(self, windows: Windows) -> None:
        """Start the negotiation from the viewer's side, by a click."""
        await windows.viewer.goto(f"{self.origin}/peer.html?role=viewer&sink={self.sink}")
        await windows.viewer.locator(READY).wait_for()
        await windows.viewer.get_by_role("button", name="Join").click()

    async def leave(self, windows: Windows) -> None:
        """Close the viewer's connection with its page."""
        await windows.viewer.goto("about:blank")

    async def received(self, windows: Windows) -> Received:
        """Return what the browser says it has received so far."""
        statistics = await windows.viewer.evaluate("statistics()")
        return Received(total_bytes=statistics["bytes"], codec=statistics["codec"])


@asynccontextmanager
async def serve_pages(shaper: Shaper | None = None) -> AsyncIterator[str]:
    """Serve the pages, and one signalling socket that hands each message to the other side; return the origin.

    With a `shaper` the two sides find each other through it only.
    """
    sockets: set[ServerConnection] = set()

    async def signal(socket: ServerConnection) -> None:
        sockets.add(socket)
        try:
            async for message in socket:
                passed = str(message) if shaper is None else _detour(str(message), shaper)
                if passed is not None:
                    broadcast(sockets - {socket}, passed)
        finally:
            sockets.discard(socket)

    async with serve(signal, "127.0.0.1", 0, process_request=_page, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


def _detour(message: str, shaper: Shaper) -> str | None:
    """Return `message` with the presenter's address replaced by the shaper's; None for any other address.

    The viewer then begins, and the presenter answers to where its packets come from.
    """
    fields = json.loads(message)
    if "description" in fields:
        fields["description"]["sdp"] = _CANDIDATE_LINE.sub("", fields["description"]["sdp"])
    if "candidate" not in fields:
        return json.dumps(fields)
    words = fields["candidate"]["candidate"].split()
    is_presenters = fields.pop("role") == "presenter"
    if not is_presenters or len(words) < 6 or words[2].lower() != "udp" or ":" in words[4]:
        return None
    if shaper.server == NOWHERE:
        shaper.server = (words[4], int(words[5]))
    elif shaper.server != (words[4], int(words[5])):
        return None
    words[4:6] = "127.0.0.1", str(shaper.port)
    fields["candidate"]["candidate"] = " ".join(words)
    return json.dumps(fields)


def _page(_socket: ServerConnection, request: Request) -> Response | None:
    path = urlsplit(request.path).path.lstrip("/")
    if path == "signal":
        return None
    if path not in {page.name for page in PAGES.iterdir()}:
        return _answer(HTTPStatus.NOT_FOUND, "text/plain", b"")
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return _answer(HTTPStatus.OK, kind, (PAGES / path).read_bytes())


def _answer(status: HTTPStatus, kind: str, body: bytes) -> Response:
    headers = Headers({"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"})
    return Response(status.value, status.phrase, headers, body)
