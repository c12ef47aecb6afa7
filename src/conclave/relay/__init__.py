"""The embedded MoQ relay: admission, isolation and fan-out of sealed objects that it cannot open."""

from conclave.relay.admission import Refused
from conclave.relay.bridge import MAX_RECORD_BYTES, DeviceSocket
from conclave.relay.server import Relay

__all__ = ["MAX_RECORD_BYTES", "DeviceSocket", "Refused", "Relay"]
