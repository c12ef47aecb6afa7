"""The helper in a terminal: lines out, and lines in."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import TextIO

from conclave.control import Scope
from conclave.helper.effects import Controlling, Question
from conclave.helper.ui import SCOPE_TEXT, Contact, Person, code_text, minutes_text

MAX_LINE_CHARACTERS = 200
"""Longer ones are no commands."""


class TerminalUi:
    """Says what there is to say, and reads one word a line."""

    def __init__(self, reader: TextIO = sys.stdin, writer: TextIO = sys.stdout) -> None:
        self._reader, self._writer = reader, writer
        self._question: Question | None = None
        self._controls = False

    def show_contact(self, contact: Contact) -> None:
        """Show the code, or with whom it is paired."""
        if contact.code is not None:
            self._say(f'Type this code into the meeting: {code_text(contact.code)}  ("quit" ends the helper)')
        elif contact.is_limited:
            self._say('There were too many wrong codes. Type "new" for a new one.')
        else:
            self._say(f"Connected with {contact.origin}. Nobody controls this computer unless you allow it.")

    def open_question(self, question: Question) -> None:
        """Ask; what was typed before counts for nothing."""
        self._question = question
        _forget_typed(self._reader)
        self._say(
            f"\n{question.name} wants to control your computer, from {question.origin}.",
            f"Words of {question.name}, to be sure who it is: {' '.join(question.words)}",
            *(f"  - {SCOPE_TEXT[each]}" for each in question.scope),
            f"For {minutes_text(question.seconds)} at most.",
            'Type "allow", "mouse" (for the mouse alone) or "refuse":',
        )

    def close_question(self) -> None:
        """Say that there is nothing to answer any more."""
        self._question = None
        self._say("The question is closed.")

    def show(self, controlling: Controlling | None, *, seconds: float) -> None:
        """Show who controls."""
        if controlling is None:
            if self._controls:
                self._say("Nobody controls this computer any more.")
        elif controlling.held == "mouse":
            self._say(f"{controlling.name} waits while you use the mouse.")
        elif controlling.held is None:
            left = minutes_text(seconds)
            self._say(
                f'{controlling.name} controls your computer, for {left} at most. "stop" or Ctrl+Alt+End stops it.'
            )
        self._controls = controlling is not None

    async def run(self, person: Person) -> None:
        """Obey lines until "quit"; without any to come, until cancelled."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def read() -> None:
            for line in self._reader:
                loop.call_soon_threadsafe(self._obey, line[:MAX_LINE_CHARACTERS].strip().lower(), person, done)

        threading.Thread(target=read, name="terminal", daemon=True).start()
        await done.wait()

    def _obey(self, word: str, person: Person, done: asyncio.Event) -> None:
        if word == "quit":
            done.set()
        elif word == "stop":
            person.stop()
        elif word == "new":
            person.renew_code()
        elif word == "refuse":
            person.answer(None)
        elif word == "mouse":
            person.answer((Scope.MOUSE,))
        elif word == "allow" and self._question is not None:
            person.answer(self._question.scope)
        elif word:
            self._say("Words are: allow, mouse, refuse, stop, new, quit.")

    def _say(self, *lines: str) -> None:
        print(*lines, sep="\n", file=self._writer, flush=True)  # this is what it is for


def _forget_typed(reader: TextIO) -> None:
    """Drop a line begun before the question: a controller may have typed it."""
    if not reader.isatty() or sys.platform == "win32":
        return
    import termios

    termios.tcflush(reader.fileno(), termios.TCIFLUSH)
