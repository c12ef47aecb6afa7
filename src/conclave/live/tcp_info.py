"""What Linux counts of a TCP connection (tcp(7), `TCP_INFO`; its layout is in linux/tcp.h and only grows)."""

from __future__ import annotations

import struct
import sys
from asyncio.trsock import TransportSocket
from socket import IPPROTO_TCP

from conclave.record import Link

_TCP_INFO = 11
_LAYOUT = struct.Struct("=8B 24I 4Q 6I 4Q 2I 2Q")
"""As far as `tcpi_bytes_retrans`, which is there since Linux 4.19."""
_RTT_US, _RETRANSMITTED, _BYTES_RECEIVED = 8 + 15, 8 + 23, 8 + 24 + 3
_SEGMENTS_OUT, _SEGMENTS_IN = 8 + 24 + 4, 8 + 24 + 4 + 1
_BYTES_SENT, _BYTES_RETRANSMITTED = -2, -1


def count_tcp(socket: TransportSocket | None) -> Link | None:
    """Return what the connection has carried so far, segments as packets and repeated ones as lost.

    None when it is over, or when the system does not tell.
    """
    if socket is None or sys.platform != "linux":
        return None
    try:
        told = socket.getsockopt(IPPROTO_TCP, _TCP_INFO, _LAYOUT.size)
    except OSError:
        return None
    if len(told) < _LAYOUT.size:
        return None
    info = _LAYOUT.unpack(told)
    return Link(
        rtt_us=info[_RTT_US],
        packets_in=info[_SEGMENTS_IN],
        packets_out=info[_SEGMENTS_OUT],
        packets_lost=info[_RETRANSMITTED],
        bytes_in=info[_BYTES_RECEIVED],
        bytes_out=info[_BYTES_SENT],
        bytes_lost=info[_BYTES_RETRANSMITTED],
    )
