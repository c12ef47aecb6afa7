"""What tests of the live plane share."""

from __future__ import annotations

import pytest

from tests.live import relay_cast
from tests.live.relay_cast import MakeStage
from tests.live.socket_cast import socket_stage


@pytest.fixture(params=[relay_cast.stage, socket_stage], ids=["quic", "websocket"])
def stage(request: pytest.FixtureRequest) -> MakeStage:
    """Both ways to the relay: neither may allow what the other refuses."""
    make: MakeStage = request.param
    return make
