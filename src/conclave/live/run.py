"""The live node's process: rooms, relay, and reports, until told to stop."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from websockets.asyncio.server import Server, serve
from websockets.typing import Origin

from conclave.instance import LOOPBACK_HOSTS, Instance, read_private_key, read_public_key
from conclave.live import clock
from conclave.live.backoff import Backoff
from conclave.live.memories import Memories
from conclave.live.outbox import CLOSE_TIMEOUT_S
from conclave.live.reporter import RETRY_CAP_S, RETRY_FIRST_S, Reporter, post_to
from conclave.live.server import Clocks, CountedConnection, RoomServer, select_subprotocol
from conclave.live.spool import MAX_SPOOLED_RECORDS, Spool
from conclave.relay import Relay
from conclave.rooms.messages import MAX_COMMAND_BYTES, CloseCode
from conclave.rooms.node import Node

PING_INTERVAL_S = 5.0
PING_TIMEOUT_S = 8.0
"""With the interval and `CLOSE_TIMEOUT_S`, a device is given up 15 s after its last answer."""
MAX_QUEUED_MESSAGES = 4
"""Read ahead per socket; the rest waits in the peer's own buffers."""
STOP_TIMEOUT_S = 3.0
"""For saying goodbye and writing the last reports; a supervisor does not wait much longer."""

_log = logging.getLogger(__name__)
_library_log = logging.getLogger("conclave.live.websocket")
_library_log.setLevel(logging.ERROR)  # below that it quotes messages


def run(instance: Instance) -> None:
    """Serve until SIGTERM or SIGINT; raises OSError when a port, a key or a certificate cannot be used."""
    logging.basicConfig(level=logging.INFO, format="live: %(message)s")
    failed: OSError | None = None
    try:
        asyncio.run(_serve(instance))
    except* OSError as group:
        failed = _first(group)
    if failed is not None:
        raise failed


def _first(group: BaseExceptionGroup[OSError]) -> OSError:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _serve(instance: Instance) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    public_key = read_public_key(instance.ticket_public_key)
    node = Node()
    memories = Memories(instance.memories, unix_s=clock.unix_s, monotonic_s=clock.monotonic_s)
    memories.restore(node)
    reporter = _make_reporter(instance, Spool(instance.spool))
    records = _make_reporter(instance, Spool(instance.record_spool, limit=MAX_SPOOLED_RECORDS))
    relay = Relay(
        public_key=public_key,
        host=instance.host,
        port=instance.live_port,
        cert=instance.cert,
        key=instance.key,
        folder=instance.relay,
        is_present=node.has_device,
        may=node.may,
        clock=clock.unix_s,
        report=records.report,
    )
    rooms = RoomServer(
        node,
        ticket_key=public_key,
        relay=relay,
        relay_url=instance.relay_url,
        report=reporter.report,
        remember=memories.take,
        clocks=Clocks(clock.monotonic_s, clock.unix_s),
    )
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(work, name=name)
            for name, work in {
                "relay": relay.run(),
                "timers": rooms.run_timers(),
                "remember": memories.write(),
                "write": reporter.write(),
                "deliver": reporter.deliver(),
                "write records": records.write(),
                "deliver records": records.deliver(),
            }.items()
        ]
        await relay.ready()
        server = await listen(instance, rooms)
        await stop.wait()
        await _stop(server, rooms, [memories, reporter, records])
        for task in running:
            task.cancel()


async def listen(instance: Instance, rooms: RoomServer, **settings: Any) -> Server:
    """Open the TCP side of the live port; `settings` replace those of the WebSocket library."""

    def count(*arguments: Any, **options: Any) -> CountedConnection:
        connection = CountedConnection(*arguments, **options)
        connection.doorway = rooms.doorway
        return connection

    usual: dict[str, Any] = {
        "ssl": _tls(instance),
        "origins": allowed_origins(instance),
        "select_subprotocol": select_subprotocol,
        "process_request": rooms.route,
        "create_connection": count,
        "compression": None,
        "server_header": None,
        "max_size": MAX_COMMAND_BYTES,
        "max_queue": MAX_QUEUED_MESSAGES,
        "ping_interval": PING_INTERVAL_S,
        "ping_timeout": PING_TIMEOUT_S,
        "close_timeout": CLOSE_TIMEOUT_S,
        "logger": _library_log,
    }
    return await serve(rooms.serve_socket, instance.addresses(), instance.live_port, **usual | settings)  # type: ignore[arg-type]


def allowed_origins(instance: Instance) -> list[Origin | None]:
    """Return whose pages may open the room socket; a trial is reached by every name of the loopback."""
    hosts = LOOPBACK_HOSTS if instance.is_local else (instance.host,)
    return [Origin(replace(instance, host=host).site_origin) for host in hosts]


def _make_reporter(instance: Instance, spool: Spool) -> Reporter:
    return Reporter(
        spool=spool,
        private_key=read_private_key(instance.report_key),
        post=post_to(instance.site_origin),
        unix_s=clock.unix_s,
        backoff=Backoff(first_s=RETRY_FIRST_S, cap_s=RETRY_CAP_S, uniform=secrets.SystemRandom().uniform),
    )


def _tls(instance: Instance) -> ssl.SSLContext | None:
    if instance.cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(instance.cert, instance.key)
    return context


async def _stop(server: Server, rooms: RoomServer, writers: Sequence[Memories | Reporter]) -> None:
    """Send everybody away with 1012, and bring the last to disk."""
    rooms.shut_down()
    server.close(code=CloseCode.RESTART, reason=CloseCode.RESTART.name.lower())
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await server.wait_closed()
            for writer in writers:
                await writer.flush()
    except TimeoutError:
        _log.warning("stopped in a hurry")
