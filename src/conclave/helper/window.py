"""The helper in a small window. Tk, because Python brings it along; asyncio drives it."""

from __future__ import annotations

import asyncio
import time
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import TypeAlias

from conclave.control import Scope
from conclave.helper.effects import Controlling, Question
from conclave.helper.machine import THINK_S
from conclave.helper.ui import SCOPE_TEXT, Contact, Person, code_text, minutes_text

BUSY_STEP_S, IDLE_STEP_S = 0.05, 0.25
"""Between two looks at the window: quick while there is something to answer or to stop, cheap all day."""
WIDTH_PX = 400
MARGIN_PX = 16
_Font: TypeAlias = tuple[str, int, str]
_LARGE: _Font = ("TkDefaultFont", 15, "bold")
_BOLD: _Font = ("TkDefaultFont", 11, "bold")
_PLAIN: _Font = ("TkDefaultFont", 11, "normal")
_CODE: _Font = ("TkFixedFont", 20, "bold")
_ALARM = "#b3261e"


def open_window() -> WindowUi | None:
    """Return the window, or None where there is no screen for one."""
    try:
        return WindowUi(tk.Tk(className="Conclave Helper"))
    except tk.TclError:
        return None


class WindowUi:
    """One window; what it holds is what there is to know or to answer."""

    def __init__(self, root: tk.Tk) -> None:
        self._root = root
        self._person: Person | None = None
        self._contact = Contact(None, is_limited=False, origin=None)
        self._question: Question | None = None
        self._controlling: Controlling | None = None
        self._until = 0.0
        self._is_open = True
        self._frame: tk.Widget | None = None
        self._left: ttk.Label | None = None
        if root.tk.call("tk", "windowingsystem") == "x11":
            ttk.Style(root).theme_use("clam")  # the others bring a look of their own
        root.title("Conclave Helper")
        root.resizable(width=False, height=False)
        root.protocol("WM_DELETE_WINDOW", self._quit)
        root.bind("<Escape>", lambda _event: self._escape())

    def show_contact(self, contact: Contact) -> None:
        """Show the code, or with whom it is paired."""
        self._contact = contact
        self._draw()

    def open_question(self, question: Question) -> None:
        """Ask, in front of everything."""
        self._question = question
        self._come_to_front()
        self._draw()

    def close_question(self) -> None:
        """Take the question away."""
        self._question = None
        self._draw()

    def show(self, controlling: Controlling | None, *, seconds: float) -> None:
        """Show who controls, on top of everything."""
        self._controlling, self._until = controlling, time.monotonic() + seconds
        self._draw()

    async def run(self, person: Person) -> None:
        """Work until the window is closed."""
        self._person = person
        while self._is_open:
            self._root.update()
            self._show_time_left()
            is_busy = self._question is not None or self._controlling is not None
            await asyncio.sleep(BUSY_STEP_S if is_busy else IDLE_STEP_S)
        self._root.destroy()

    # --- what is in the window ---

    def _draw(self) -> None:
        if self._frame is not None:
            self._frame.destroy()
        self._left = None
        frame = self._frame = ttk.Frame(self._root, padding=MARGIN_PX)
        frame.grid(sticky="nsew")
        self._root.attributes("-topmost", self._question is not None or self._controlling is not None)
        if self._question is not None:
            self._draw_question(frame, self._question)
        elif self._controlling is not None:
            self._draw_control(frame, self._controlling)
        elif self._contact.code is not None:
            self._draw_code(frame, self._contact.code)
        elif self._contact.is_limited:
            self._text(frame, "There were too many wrong codes.", font=_BOLD)
            self._buttons(frame, New_code=self._renew_code)
        else:
            self._text(frame, "Nobody controls this computer.", font=_BOLD)
            self._text(frame, f"Connected with {self._contact.origin}. Before anybody may, you are asked here.")

    def _draw_code(self, frame: ttk.Frame, code: str) -> None:
        self._text(frame, "Type this code into the meeting", font=_BOLD)
        self._text(frame, code_text(code), font=_CODE)
        only = f" Only {self._contact.origin} is heard." if self._contact.origin else ""
        self._text(frame, f"Nobody controls this computer. Before anybody may, you are asked here.{only}")

    def _draw_question(self, frame: ttk.Frame, question: Question) -> None:
        self._text(frame, f"{question.name} wants to control your computer", font=_LARGE)
        self._text(frame, f"from {question.origin}, for {minutes_text(question.seconds)} at most. {question.name} may")
        choices = {each: tk.BooleanVar(frame, value=True) for each in question.scope}
        for each, choice in choices.items():
            box = ttk.Checkbutton(frame, text=SCOPE_TEXT[each], variable=choice)
            box.grid(sticky="w", padx=MARGIN_PX)
            if each is Scope.MOUSE:
                box.state(["disabled"])
        self._text(frame, f"To be sure that it is {question.name}, ask for the four words:")
        self._text(frame, " ".join(question.words), font=_BOLD)
        _, allow = self._buttons(frame, Refuse=lambda: self._answer(None), Allow=lambda: self._answer(choices))
        allow.state(["disabled"])
        allow.after(int(THINK_S * 1000) + 50, lambda: allow.state(["!disabled"]))

    def _draw_control(self, frame: ttk.Frame, controlling: Controlling) -> None:
        waits = controlling.held == "mouse"
        said = f"{controlling.name} waits" if waits else f"{controlling.name} controls your computer"
        self._text(frame, said, font=_LARGE, foreground=_ALARM)
        self._text(frame, "while you use the mouse." if waits else _sum(controlling.scope))
        self._left = self._text(frame, "")
        self._show_time_left()
        self._text(frame, "Ctrl+Alt+End stops it, too. While you move the mouse, your guest waits.")
        self._buttons(frame, Stop_control=self._stop)

    def _show_time_left(self) -> None:
        if self._left is not None:
            text = f"{minutes_text(max(0.0, self._until - time.monotonic()))} left"
            if self._left["text"] != text:
                self._left["text"] = text

    def _text(self, frame: ttk.Frame, text: str, *, font: _Font = _PLAIN, foreground: str = "") -> ttk.Label:
        label = ttk.Label(frame, text=text, font=font, foreground=foreground, wraplength=WIDTH_PX, justify="left")
        label.grid(sticky="w", pady=(0, 8))
        return label

    def _buttons(self, frame: ttk.Frame, **commands: Callable[[], None]) -> list[ttk.Button]:
        """Put buttons in a row; the first one has the focus."""
        row = ttk.Frame(frame)
        row.grid(sticky="e", pady=(MARGIN_PX, 0))
        buttons = [ttk.Button(row, text=text.replace("_", " "), command=command) for text, command in commands.items()]
        for column, button in enumerate(buttons):
            button.grid(row=0, column=column, padx=(8, 0))
            button.bind("<Return>", _press)
        buttons[0].focus_set()
        return buttons

    # --- what the person does ---

    def _answer(self, choices: dict[Scope, tk.BooleanVar] | None) -> None:
        if self._person is None or self._question is None:
            return
        self._person.answer(None if choices is None else tuple(each for each, on in choices.items() if on.get()))

    def _stop(self) -> None:
        if self._person is not None:
            self._person.stop()

    def _renew_code(self) -> None:
        if self._person is not None:
            self._person.renew_code()

    def _escape(self) -> None:
        """Take what is safe: no, or no longer."""
        if self._question is not None:
            self._answer(None)
        else:
            self._stop()

    def _quit(self) -> None:
        self._is_open = False

    def _come_to_front(self) -> None:
        self._root.deiconify()
        self._root.lift()
        self._root.focus_force()
        self._root.bell()


def _sum(scope: tuple[Scope, ...]) -> str:
    *first, last = [SCOPE_TEXT[each] for each in scope]
    return "They may " + ", ".join(first) + (" and " if first else "") + last + "."


def _press(event: tk.Event[ttk.Button]) -> None:
    event.widget.invoke()
