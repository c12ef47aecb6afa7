"""Who may speak to the helper: a code typed into a page, and from then on its origin (control.md). Pure."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from conclave.helper.messages import CloseCode, FirstMessage, Pair

FIRST_PORT = 27653
PORTS = 3
"""Two people at one computer, and one port that something else has taken."""
MAX_TRIES = 3
"""Wrong codes before there is a new one."""
MAX_RENEWALS = 10
"""New codes that nobody used: whoever tries goes on guessing. One in 300,000 gets through."""
CODE_DIGITS = 7
"""Beside the one for the port: 23 bits, thirty tries."""
LOCAL_NAMES = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A page that may speak to us, with the token for its next connection."""

    token: str
    origin: str
    room: str
    is_new: bool
    """Whether it came with the code."""

    def __repr__(self) -> str:
        return "Admitted(***)"


class Pairing:
    """The code, the origin and the token; which room has the one connection."""

    def __init__(
        self,
        *,
        port: int,
        draw_number: Callable[[int], int],
        draw_token: Callable[[], str],
        origin: str | None = None,
    ) -> None:
        self._head = str(port - FIRST_PORT + 1) if port in range(FIRST_PORT, FIRST_PORT + PORTS) else "1"
        self._draw_number, self._draw_token = draw_number, draw_token
        self._token: str | None = None
        self._origin = origin
        self._room: str | None = None
        self._tries = self._renewals = 0
        self._code: str | None = self._draw_code()

    @property
    def code(self) -> str | None:
        """The eight digits to show; None while a page is connected or guessing has been stopped."""
        return self._code

    @property
    def is_limited(self) -> bool:
        """Whether only the person can bring a new code."""
        return self._code is None and self._room is None

    @property
    def origin(self) -> str | None:
        """The only origin that is heard; None before the first pairing."""
        return self._origin

    @property
    def room(self) -> str | None:
        """The room that is connected."""
        return self._room

    def hears(self, origin: str | None) -> bool:
        """Whether a page of this origin may open a connection at all."""
        if origin is None or not is_origin(origin):
            return False
        return self._origin is None or origin == self._origin

    def enter(self, first: FirstMessage, *, origin: str) -> Admitted | CloseCode:
        """Let a page in by its first message, or say why not."""
        refused = self._try_code(first.code) if isinstance(first, Pair) else self._try_token(first.token)
        if refused is None and self._room not in (None, first.room):
            refused = CloseCode.ROOM
        if refused is not None or not self.hears(origin):
            return refused or CloseCode.CODE
        is_new = isinstance(first, Pair)
        if self._token is None or is_new:
            self._token = self._draw_token()
        self._origin, self._room, self._code = origin, first.room, None
        self._tries = self._renewals = 0
        return Admitted(self._token, origin, first.room, is_new)

    def leave(self) -> None:
        """Note that the connection has ended; a page that has lost its token needs a code again."""
        self._room = None
        self._code = self._draw_code()

    def renew(self) -> None:
        """Draw a new code because the person asks for one."""
        self._tries = self._renewals = 0
        if self._room is None:
            self._code = self._draw_code()

    def _try_code(self, code: str) -> CloseCode | None:
        if self._code is None:
            return CloseCode.CODE if self._room is not None else CloseCode.LIMITED
        if hmac.compare_digest(code, self._code):
            return None
        self._tries += 1
        if self._tries >= MAX_TRIES:
            self._tries, self._renewals = 0, self._renewals + 1
            self._code = self._draw_code() if self._renewals < MAX_RENEWALS else None
        return CloseCode.CODE

    def _try_token(self, token: str) -> CloseCode | None:
        is_right = self._token is not None and hmac.compare_digest(token, self._token)
        return None if is_right else CloseCode.CODE

    def _draw_code(self) -> str:
        return self._head + f"{self._draw_number(10**CODE_DIGITS):0{CODE_DIGITS}}"


def is_origin(text: str) -> bool:
    """Whether it is an https origin, or one of this computer's own."""
    try:
        parts = urlsplit(text)
        is_bare = text == f"{parts.scheme}://{parts.netloc}" and parts.port != 0
    except ValueError:
        return False
    if not is_bare or parts.username is not None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_NAMES)
