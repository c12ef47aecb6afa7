"""Sessions in the database, sealed: they say who is signed in, and as whom somebody entered a meeting."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Plain

from conclave.web.vault import keyring
from conclave.web.vault.columns import SESSION_PLACE
from conclave.web.vault.seal import CannotUnseal


class SessionStore(Plain):
    def encode(self, session_dict: dict[str, Any]) -> str:
        return keyring.current().seal(json.dumps(session_dict, separators=(",", ":")), place=SESSION_PLACE)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the session, or an empty one for what was not sealed here: its owner signs in again."""
        try:
            found: dict[str, Any] = json.loads(keyring.current().unseal(str(session_data), place=SESSION_PLACE))
        except CannotUnseal:
            return {}
        return found
