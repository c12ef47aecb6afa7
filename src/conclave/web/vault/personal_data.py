from __future__ import annotations

from conclave.web.privacy.register import Declaration, NotPersonal

DECLARATIONS: tuple[Declaration, ...] = (
    NotPersonal(places=("vault.KeyCheck.*",), why="public ids of keys, and a known text sealed with each"),
)
