"""The Firefox of the system, driven by WebDriver BiDi (W3C): nothing between it and the test but one WebSocket."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

from tests.browser.screens import Screen
from tests.browser.server import WaitFor

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20
MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A screenshot is a message, too."""
ENTER = "\ue007"
"""The key, in WebDriver's words."""
ADDRESS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PREFERENCES = {
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "media.navigator.permission.disabled": True,
}

Node = dict[str, Any]


def find_firefox() -> str:
    for name in ("firefox-esr", "firefox"):
        if path := shutil.which(name):
            return path
    raise AssertionError("no Firefox on the path: run `make test-browser`, which installs it where it can")


class Firefox:
    """One window; what its console complains of is kept."""

    def __init__(self, connection: ClientConnection) -> None:
        self.faults: list[str] = []
        self._connection = connection
        self._number = 0
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._context = self._send("browsingContext.create", type="window")["context"]

    @classmethod
    @contextmanager
    def start(cls, profile: Path, screen: Screen, **more: bool) -> Iterator[Self]:
        """Run a Firefox without a window, that may share `screen` without asking; `more` are its preferences."""
        profile.mkdir()
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in (PREFERENCES | more).items()]
        (profile / "user.js").write_text("\n".join(lines))
        log = profile / "output"
        command = [find_firefox(), "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
        with (
            log.open("w") as output,
            subprocess.Popen(
                command, stdout=output, stderr=output, env=os.environ | {"DISPLAY": screen.name}
            ) as process,
        ):
            try:
                address = WaitFor(lambda: ADDRESS.search(log.read_text()), timeout_s=START_TIMEOUT_S)()[1]
                with connect(f"{address}/session", max_size=MAX_ANSWER_BYTES, proxy=None) as connection:
                    yield cls(connection)
            finally:
                process.terminate()
                process.wait(STOP_TIMEOUT_S)

    def open(self, address: str) -> None:
        self._send("browsingContext.navigate", context=self._context, url="about:blank", wait="complete")
        self._send("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def find(self, *, role: str, name: str) -> Node:
        """Return what has this role and accessible name, once it is there."""
        found = WaitFor(lambda: self._find({"type": "accessibility", "value": {"role": role, "name": name}}))()
        return dict(found[0])

    def picture_of(self, presenter: str) -> Node:
        """Return the picture of somebody's screen, once it is there."""
        locator = {"type": "css", "value": f'[aria-label="Screen shared by {presenter}"]'}
        return dict(WaitFor(lambda: self._find(locator))()[0])

    def see(self, text: str) -> None:
        """Return once this is to be read on the page."""
        ask = {"expression": "document.body.innerText", "target": {"context": self._context}, "awaitPromise": False}
        WaitFor(lambda: text in self._send("script.evaluate", **ask)["result"]["value"])()

    def press(self, name: str) -> None:
        """Press a button by keyboard, which hits it even while the page is moving."""
        self._type(self.find(role="button", name=name), ENTER)

    def fill(self, name: str, text: str) -> None:
        """Type into a field."""
        self._type(self.find(role="textbox", name=name), text)

    def picture(self, node: Node) -> bytes:
        """Return what is seen of an element, as PNG."""
        clip = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        answer = self._send("browsingContext.captureScreenshot", context=self._context, clip=clip)
        return base64.b64decode(answer["data"])

    def _find(self, locator: Node) -> list[Node]:
        return list(self._send("browsingContext.locateNodes", context=self._context, locator=locator)["nodes"])

    def _type(self, node: Node, text: str) -> None:
        target, focus = {"context": self._context}, "element => element.focus()"
        arguments = [{"sharedId": node["sharedId"]}]
        call = {"functionDeclaration": focus, "arguments": arguments, "target": target, "awaitPromise": False}
        self._send("script.callFunction", **call)
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        self._send("input.performActions", context=self._context, actions=actions)

    def _send(self, method: str, **parameters: Any) -> Node:
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while (answer := json.loads(self._connection.recv(timeout=START_TIMEOUT_S))).get("id") != self._number:
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.faults.append(str(answer["params"]["text"]))
        assert answer["type"] == "success", (method, answer)
        return dict(answer["result"])
