"""The gate: the one way by which something about a person leaves the installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings

from conclave.instance import LOOPBACK_HOSTS
from conclave.web.gate import network
from conclave.web.gate.models import Disclosure
from conclave.web.privacy import register
from conclave.web.privacy.register import Processor
from conclave.web.privacy.vocabulary import Purpose


class NotDisclosed(Exception):
    """Nothing was given: nobody declared it, or no agreement with who would get it is recorded."""


@contextmanager
def disclosing(
    key: str, *, about: str, places: tuple[str, ...], purpose: Purpose, reference: str, now: datetime
) -> Iterator[None]:
    """Let the code inside give `places` about a person to the processor `key`, and reach no other computer than theirs.

    It is logged before anything leaves, so that nothing can leave unlogged; `reference` makes a second try the same.

    Raises:
        NotDisclosed: the register or the operator's agreements do not allow it.

    """
    processor = _allowed(key, places=places, purpose=purpose)
    host = getattr(settings, processor.host, "")
    if settings.INSTANCE.is_local:  # a trial gives nothing to anybody
        yield
        return
    if host not in LOOPBACK_HOSTS and not settings.AGREEMENTS.get(key):
        raise NotDisclosed(f"no agreement with the processor {key!r} is recorded")
    Disclosure.objects.get_or_create(
        recipient=str(processor.recipient),
        reference=reference,
        defaults={"about": about, "purpose": str(purpose), "places": "\n".join(places), "given_at": now},
    )
    with network.open_to(host):
        yield


def _allowed(key: str, *, places: tuple[str, ...], purpose: Purpose) -> Processor:
    found = {each.key: each for each in register.processors()}.get(key)
    if found is None:
        raise NotDisclosed(f"no processor {key!r} is declared")
    if undeclared := sorted(set(places) - set(found.places)):
        raise NotDisclosed(f"{undeclared[0]} is not declared for the processor {key!r}")
    if purpose not in found.purposes:
        raise NotDisclosed(f"the processor {key!r} is not declared for this purpose")
    return found
