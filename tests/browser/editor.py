"""A plain editor in a window: what is in it goes into a file with Ctrl+S. Says in JSON where its lines are."""

from __future__ import annotations

import json
import sys
import tkinter
from pathlib import Path

GEOMETRY = "560x500+690+60"
FONT = ("DejaVu Sans Mono", 18)


def main(path: Path) -> None:
    root = tkinter.Tk()
    root.geometry(GEOMETRY)
    text = tkinter.Text(root, font=FONT, wrap="none", undo=True, insertofftime=0, borderwidth=0, padx=8, pady=8)
    text.pack(fill="both", expand=True)

    def save(_: object) -> str:
        path.write_text(text.get("1.0", "end-1c"), encoding="utf-8")
        return "break"

    text.bind("<Control-s>", save)
    # Without a window manager nobody gives the focus to a window that is clicked.
    text.bind("<Button-1>", lambda _: text.focus_force())
    root.update()
    box = text.bbox("1.0")
    assert box is not None
    x, y, _, height = box
    place = {"left": text.winfo_rootx() + x, "top": text.winfo_rooty() + y, "line": height}
    sys.stdout.write(json.dumps(place) + "\n")
    sys.stdout.flush()
    root.mainloop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
