"""The command line: starts one part of an installation or, supervised, all of them, or does one thing to it."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version

from conclave.cli.checks import Unusable, check_instance
from conclave.cli.commands import add_commands, print_evidence
from conclave.cli.orphan import follow_parent
from conclave.instance import Instance

INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C ended."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; when it cannot, one line on stderr says why, and the exit code is 1."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["helper"]:
        _helper(given[1:])
        return
    options = _parser().parse_args(given)
    try:
        if options.part == "evidence":
            print_evidence(options)
            return
        instance = _instance(options)
        check_instance(instance, part=options.part)
        if options.part in _START:
            _START[options.part](instance)
        else:
            options.command(instance, options)
    except Unusable as reason:
        sys.exit(f"conclave: {reason}")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.exit(f"conclave: {where}{error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="conclave", description="End-to-end encrypted online meetings.")
    parser.add_argument("--version", action="version", version=f"conclave {version('conclave')}")
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    for name, text in {
        "serve": "everything, supervised",
        "site": "the web site alone",
        "live": "rooms and relay alone",
        "worker": "the job worker alone",
    }.items():
        _add_settings(parts.add_parser(name, help=text, description=f"Start {text}."))
    add_commands(parts, add_settings=_add_settings)
    parts.add_parser("helper", help="Conclave Helper, on a presenter's own computer", add_help=False)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="folder of all state (default: data)")
    parser.add_argument("--host", help="name by which people reach it (default: localhost)")
    parser.add_argument("--port", type=_port, help="port of the site (default: 8000)")
    parser.add_argument("--live-port", type=_port, help="port of rooms (TCP) and relay (UDP) (default: 8443)")
    parser.add_argument("--cert", metavar="FILE", help="certificate chain (PEM), needed for any host but localhost")
    parser.add_argument("--key", metavar="FILE", help="private key of the certificate (PEM)")
    parser.add_argument(
        "--relay-url",
        dest="relay_address",
        metavar="URL",
        help="address by which people reach the relay, if UDP comes by another name or port (default: HOST:LIVE_PORT)",
    )


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError(text)
    return number


def _instance(options: argparse.Namespace) -> Instance:
    """Return what the supervisor handed over, or the defaults, with what the command line says instead."""
    names = ("data", "host", "port", "live_port", "cert", "key", "relay_address")
    given = {name: value for name in names if (value := getattr(options, name, None)) is not None}
    instance = replace(Instance.from_environment(), **given)
    return replace(instance, data=os.path.abspath(instance.data))


def _helper(arguments: Sequence[str]) -> None:
    """Start what runs on a presenter's computer: no part of an installation, so it has settings of its own."""
    from conclave.helper.run import main as run

    run(arguments)


def _serve(instance: Instance) -> None:
    from conclave.cli.supervisor import serve
    from conclave.web.serve import prepare

    with _one_line():
        prepare(instance)
    serve(instance)


def _site(instance: Instance) -> None:
    _become_part(instance)
    from conclave.web import serve

    with _one_line():
        serve.run(instance)


def _live(instance: Instance) -> None:
    _become_part(instance)
    from conclave.live.run import run

    if not instance.ticket_public_key.exists():
        raise Unusable(f"no keys in {instance.keys}: start the site first, or copy its public key here")
    run(instance)
    # The relay's native threads may still call back, and an interpreter that is being taken down aborts on that.
    logging.shutdown()
    os._exit(0)


def _worker(instance: Instance) -> None:
    _become_part(instance)
    from conclave.web.worker import run

    with _one_line():
        run(instance)


@contextmanager
def _one_line() -> Iterator[None]:
    """Tell a setting that the site lacks as what it is: nothing that a traceback would help with."""
    from conclave.web.serve import CannotStart

    try:
        yield
    except CannotStart as reason:
        raise Unusable(str(reason)) from reason


def _become_part(instance: Instance) -> None:
    os.environ.update(instance.to_environment())
    follow_parent()


_START = {"serve": _serve, "site": _site, "live": _live, "worker": _worker}
