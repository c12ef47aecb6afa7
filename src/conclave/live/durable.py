"""Files that appear whole or not at all, and are still there after a power cut. Blocks."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
DRAFT = ".part"
"""What a file ends with until it is whole."""


def prepare_folder(folder: Path) -> None:
    """Make a folder for the owner only, and clear away what was not finished in it."""
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    for draft in folder.glob(f"*{DRAFT}"):
        draft.unlink()


def write_file(path: Path, content: bytes) -> None:
    """Write a file in place of what was there; `sync_folder` makes it durable."""
    draft = path.with_name(f".{path.name}{DRAFT}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def sync_folder(folder: Path) -> None:
    """Make names that were written or deleted durable too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
