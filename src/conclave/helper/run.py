"""Starts Conclave Helper: finds the system's way to inject, opens the port, and works until its person ends it."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from conclave.helper.app import App
from conclave.helper.diary import log_path, open_diary
from conclave.helper.injection import Injector, Unavailable
from conclave.helper.machine import Machine
from conclave.helper.pairing import Pairing, is_origin
from conclave.helper.server import Loopback, NoPort, open_port
from conclave.helper.terminal import TerminalUi
from conclave.helper.ui import Ui
from conclave.helper.words import read_words

TOKEN_BYTES = 32
GOING_AWAY = 1001
NO_PORT = "its ports 27653 to 27655 are taken: does it run already?"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; when it cannot, one line on stderr says why, and the exit code is 1."""
    options = _parse(arguments)
    try:
        asyncio.run(_run(options))
    except Unavailable as reason:
        sys.exit(f"conclave helper: {reason}")
    except NoPort:
        sys.exit(f"conclave helper: {NO_PORT}")
    except OSError as error:
        sys.exit(f"conclave helper: {error.filename or ''}: {error.strerror or error}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    about = "Lets people of a meeting use this computer's mouse and keyboard, if you say so here."
    parser = argparse.ArgumentParser(prog="conclave helper", description=about)
    address = "address of your Conclave, such as https://meet.example: pages of no other are heard"
    parser.add_argument("origin", nargs="?", type=_origin, help=address)
    parser.add_argument("--terminal", action="store_true", help="ask in this terminal instead of a window")
    parser.add_argument("--log", type=Path, default=log_path(), metavar="FILE", help="file to note times and counts in")
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _origin(text: str) -> str:
    origin = text.rstrip("/")
    if not is_origin(origin):
        raise argparse.ArgumentTypeError("an address like https://meet.example")
    return origin


async def _run(options: argparse.Namespace) -> None:
    """Serve until the person ends it, or SIGTERM or SIGINT does."""
    port = open_port(options.port)
    injector, ui = _open_injector(), _open_ui(is_terminal=options.terminal)
    pairing = Pairing(
        port=port.getsockname()[1],
        draw_number=secrets.randbelow,
        draw_token=lambda: secrets.token_hex(TOKEN_BYTES),
        origin=options.origin,
    )
    words = read_words()
    machine = Machine(words=words, system=injector.system, scope=injector.scope, draw_bytes=secrets.token_bytes)
    app = App(machine, pairing, injector=injector, ui=ui, note=open_diary(options.log))
    server = await Loopback(pairing, app).listen(port)
    app.start()
    try:
        await _until_told(ui, app)
    finally:
        app.close()
        server.close(code=GOING_AWAY)
        await server.wait_closed()


async def _until_told(ui: Ui, app: App) -> None:
    working = asyncio.ensure_future(ui.run(app))
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows has none; Ctrl-C cancels there
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


def _open_ui(*, is_terminal: bool) -> Ui:
    if is_terminal:
        return TerminalUi()
    try:
        from conclave.helper.window import open_window
    except ImportError:  # a Python without Tk
        return TerminalUi()
    return open_window() or TerminalUi()


def _open_injector() -> Injector:
    """Return this system's injector; raises `Unavailable`."""
    if sys.platform == "win32":
        from conclave.helper.injection.windows import WindowsInjector

        return WindowsInjector()
    if sys.platform == "darwin":
        from conclave.helper.injection.macos import MacInjector

        return MacInjector()
    if os.environ.get("WAYLAND_DISPLAY"):
        from conclave.helper.injection.uinput import UinputInjector

        return UinputInjector()
    from conclave.helper.injection.x11 import X11Injector

    return X11Injector()
