"""The log for the person at this computer: times and counts, in a file that stays here (docs/helper.md)."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_LOG_BYTES = 512 * 1024
"""Years of it; with the file before, 1 MiB."""


def log_path() -> Path:
    """Return where the system keeps what programs note for their person."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home)) / "Conclave Helper" / "log.txt"
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "Conclave Helper" / "log.txt"
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "conclave-helper" / "log.txt"


def open_diary(path: Path) -> Callable[[str], None]:
    """Return what writes a line with the time before it, into a file that only its person reads."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = RotatingFileHandler(path, maxBytes=MAX_LOG_BYTES, backupCount=1, encoding="utf-8")
    path.chmod(0o600)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.Logger("conclave.helper.diary")
    logger.addHandler(handler)
    return logger.info
