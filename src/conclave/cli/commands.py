"""What an operator does to an installation, by hand, while it runs or not."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conclave.cli.checks import Unusable
from conclave.instance import Instance

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # it has no public name

Command = Callable[[Instance, argparse.Namespace], None]


def add_commands(parts: Parsers, *, add_settings: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands; each leaves in `command` what is to be called."""
    privacy = parts.add_parser("privacy", help="what is declared about personal data", description="Personal data.")
    verbs = privacy.add_subparsers(dest="verb", required=True, metavar="VERB")
    add_settings(_add(verbs, "export", _print_privacy, "print the register as Fides manifests (JSON)"))
    add_settings(_add(verbs, "verify", _print_privacy, "look for missing or altered rows in the ledger of consent"))
    add_settings(_add(verbs, "report", _print_privacy, "count how people answered changes of the policy"))
    _add_support(parts)
    retention = _add(verbs, "retention", _retain, "delete what has been kept long enough, as happens every day")
    retention.add_argument("--dry-run", action="store_true", help="only say what would go")
    _add_data(retention)
    erasures = _add(verbs, "erasures", _list_erasures, "list erasures that are not finished")
    _add_data(erasures)
    _add_legal(verbs)
    backup = _add(parts, "backup", _back_up, "write database and waiting reports to a file, while it runs or not")
    backup.add_argument("file", metavar="FILE", type=Path, help="the back-up (ZIP); an older one is replaced")
    backup.add_argument("--with-keys", action="store_true", help="all keys too: guard such a back-up like the keys")
    _add_data(backup)
    restore = _add(parts, "restore", _restore, "put a back-up in the place of the present data, while it runs or not")
    restore.add_argument("file", metavar="FILE", type=Path, help="the back-up")
    restore.add_argument("--yes", action="store_true", help="replace what is there")
    _add_data(restore)
    evidence = parts.add_parser("evidence", help="what proves each promise", description="What proves each promise.")
    evidence.add_argument(
        "--project", metavar="DIR", type=Path, default=Path(), help="a checkout (default: this folder)"
    )
    evidence.add_argument("--format", choices=("text", "html", "json"), default="text")
    evidence.add_argument("--policy-url", metavar="URL", default="/privacy/", help="where the page links to the policy")
    keys = parts.add_parser("keys", help="the keys that the database is sealed with", description="Data keys.")
    verbs = keys.add_subparsers(dest="verb", required=True, metavar="VERB")
    rotate = _add(verbs, "rotate", _rotate, "seal everything with a new key, while it runs")
    _add_data(rotate)


def _add_support(parts: Parsers) -> None:
    support = parts.add_parser("support", help="look at a meeting to solve a problem", description="Looks on record.")
    verbs = support.add_subparsers(dest="verb", required=True, metavar="VERB")
    look = _add(verbs, "open", _support, "put on record why a meeting is looked at, and show it")
    look.add_argument("--reason", required=True, metavar="TEXT", help="why; the organizer reads it")
    look.add_argument("--minutes", type=int, default=30, help="how long it may be shown again (default: 30)")
    show = _add(verbs, "show", _support, "show it again while access is open")
    for parser in (look, show):
        parser.add_argument("number", metavar="NUMBER", help="the meeting's number")
        _add_data(parser)


def _support(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web.serve import prepare

    with _one_line():
        prepare(instance)
    from conclave.web.meetings import support

    by, now = getpass.getuser(), datetime.now(UTC)
    try:
        if options.verb == "open":
            lasting = timedelta(minutes=options.minutes)
            support.open_access(number=options.number, by=by, reason=options.reason, lasting=lasting, now=now)
        _say("\n".join(support.show(number=options.number, by=by, now=now)))
    except support.AccessRefused as reason:
        raise Unusable(str(reason)) from reason


def _add(verbs: Parsers, name: str, command: Command, text: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
    parser.set_defaults(command=command)
    return parser


def _add_legal(verbs: Parsers) -> None:
    """Add what is done with requests of authorities; whom they are about is asked for, not put on the command line."""
    legal = verbs.add_parser("legal", help="requests of authorities", description="Requests of authorities.")
    verbs = legal.add_subparsers(dest="act", required=True, metavar="ACT")
    opened = _add(verbs, "open", _open_case, "note a request; the address of the person is read from standard input")
    opened.add_argument("--authority", required=True, help="who asks")
    opened.add_argument("--basis", required=True, help="why they may: law, order, process or rights")
    opened.add_argument("--reference", required=True, help="their file number")
    opened.add_argument("--scope", nargs="+", required=True, metavar="MODEL", help="what for, such as meetings.Meeting")
    handed = _add(verbs, "hand-out", _hand_out, "write what a case asks for to a file, and put that on record")
    handed.add_argument("case", metavar="CASE")
    handed.add_argument("file", metavar="FILE", type=Path)
    refused = _add(verbs, "refuse", _refuse_case, "close a case without handing anything out")
    refused.add_argument("case", metavar="CASE")
    for each in (opened, handed, refused, _add(verbs, "list", _list_cases, "list all cases")):
        _add_data(each)


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="folder of all state (default: data)")


def _print_privacy(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web.serve import prepare

    with _one_line():
        prepare(instance)
    from conclave.web.privacy import commands

    try:
        sys.stdout.write(commands.run(options.verb))
    except commands.NotAsItWas as fault:
        raise Unusable(str(fault)) from fault


def _retain(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web import operate

    with _one_line():
        for line in operate.retain(instance, now=datetime.now(UTC), is_trial=options.dry_run):
            _say(line)


def _list_erasures(instance: Instance, _options: argparse.Namespace) -> None:
    from conclave.web import operate

    with _one_line():
        for line in operate.unfinished_erasures(instance):
            _say(line)


def _open_case(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web import operate

    _tell("The email address of the person:")
    asked = {name: getattr(options, name) for name in ("authority", "basis", "reference")}
    email = sys.stdin.readline().strip().lower()
    with _one_line():
        _say(
            operate.open_legal_case(
                instance, by=getpass.getuser(), now=datetime.now(UTC), email=email, scope=tuple(options.scope), **asked
            )
        )


def _hand_out(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web import operate

    with _one_line():
        for line in operate.hand_out(instance, options.case, options.file, now=datetime.now(UTC)):
            _say(line)


def _refuse_case(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web import operate

    with _one_line():
        operate.refuse_legal_case(instance, options.case, now=datetime.now(UTC))


def _list_cases(instance: Instance, _options: argparse.Namespace) -> None:
    from conclave.web import operate

    with _one_line():
        for line in operate.legal_cases(instance):
            _say(line)


def _back_up(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web import operate

    with _one_line():
        operate.back_up(
            instance, options.file, with_keys=options.with_keys, now=datetime.now(UTC), tell=_tell_per_cent("copied")
        )
    _say(f"{options.file}: {options.file.stat().st_size} bytes.")
    if not options.with_keys:
        _say("The keys are not in it. Keep a copy of them elsewhere: without them nobody can read it.")


def _restore(instance: Instance, options: argparse.Namespace) -> None:
    from conclave.web import operate

    if instance.database.exists() and not options.yes:
        raise Unusable(f"{instance.data} holds data, which restoring replaces: say --yes if you mean it")
    with _one_line():
        manifest = operate.restore(instance, options.file, tell=_tell_per_cent("restored"))
    _say(f"Everything is as it was on {manifest.made_at}. Everybody signs in again.")


def _tell_per_cent(verb: str) -> Callable[[int], None]:
    return lambda done: _tell(f"{verb}: {done} %")


def print_evidence(options: argparse.Namespace) -> None:
    """Print what proves each promise; it needs a checkout, and no installation."""
    from conclave.cli import evidence, evidence_forms

    try:
        found = evidence.collect(options.project)
    except evidence.NoPromises as reason:
        raise Unusable(str(reason)) from reason
    forms = {"text": evidence_forms.text, "json": evidence_forms.as_json}
    page = partial(evidence_forms.html, policy_url=options.policy_url)
    sys.stdout.write(forms.get(options.format, page)(found))


def _rotate(instance: Instance, _options: argparse.Namespace) -> None:
    from conclave.web import operate

    with _one_line():
        for progress in operate.rotate_keys(instance, now=datetime.now(UTC)):
            _tell(f"sealed again: {progress.done} of {progress.total} values")
    _say("The new key is in use. The old one is dropped with the daily housekeeping, an hour from now at the earliest.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _tell(line: str) -> None:
    """Show progress beside the result."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def _one_line() -> Iterator[None]:
    from conclave.web.operate import CannotDo
    from conclave.web.serve import CannotStart

    try:
        yield
    except (CannotStart, CannotDo) as reason:
        raise Unusable(str(reason)) from reason
