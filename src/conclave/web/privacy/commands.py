"""What `conclave privacy` prints."""

from __future__ import annotations

from conclave.web.privacy import changes, ledger, manifests


class NotAsItWas(Exception):
    """Something that must not change has changed; the message is for the operator."""


def run(action: str) -> str:
    """Return what `action` prints, or raise `NotAsItWas`."""
    match action:
        case "export":
            return manifests.export() + "\n"
        case "verify":
            found = list(ledger.faults())
            if found:
                raise NotAsItWas("\n".join(found))
            return "The ledger of consent is whole.\n"
        case "report":
            return "\n".join(list(changes.report()) or ["No change of the policy was opened."]) + "\n"
        case _:
            raise ValueError(action)
