"""What `conclave privacy` prints."""

from __future__ import annotations

from conclave.web.privacy import manifests


def run(action: str) -> str:
    """Return what `action` prints."""
    match action:
        case "export":
            return manifests.export() + "\n"
        case _:
            raise ValueError(action)
