"""Headless Chromium, driven over its DevTools pipe with only the standard library.

Waits for answers instead of fixed times: a slow machine makes a test slower, not wrong.
"""

import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
LONGEST = 300  # seconds that an answer may take


class Chromium:
    """One browser with one page; close() ends it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        their_in, self.out = os.pipe()
        self.inp, their_out = os.pipe()
        log = pathlib.Path(self.folder.name) / "log"
        # Its pipe's ends must be the descriptors 3 and 4.
        shell = f'exec "$0" "$@" 3<&{their_in} 4>&{their_out}'
        with open(log, "wb") as errors:
            self.process = subprocess.Popen(
                ["bash", "-c", shell, CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
                 "--no-first-run", "--hide-scrollbars", f"--user-data-dir={self.folder.name}/profile",
                 "--remote-debugging-pipe", "about:blank"],
                pass_fds=(their_in, their_out), stdout=errors, stderr=errors)
        os.close(their_in)
        os.close(their_out)
        self.log, self.last, self.rest = log, 0, b""
        self.events = []
        page = self.browser("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.browser("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def close(self):
        os.close(self.out)
        os.close(self.inp)
        self.process.kill()
        self.process.wait()
        # Children of the browser may still write into its profile.
        for _ in range(50):
            try:
                self.folder.cleanup()
                return
            except OSError:
                time.sleep(0.1)

    def message(self):
        """The next message of the browser."""
        end = time.monotonic() + LONGEST
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.inp], [], [], max(0, end - time.monotonic()))
            data = os.read(self.inp, 1 << 20) if ready else b""
            if not data:
                said = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"no answer of {CHROMIUM} within {LONGEST} s; it said: {said}")
            self.rest += data
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def send(self, method, session, values):
        """The method's result; events that arrive before it are kept."""
        self.last += 1
        asked = {"id": self.last, "method": method, "params": values}
        if session:
            asked["sessionId"] = session
        os.write(self.out, json.dumps(asked).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.last:
                break
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def browser(self, method, **values):
        return self.send(method, None, values)

    def call(self, method, **values):
        return self.send(method, self.session, values)

    def wait_for(self, method):
        """The next event of that name, or one that arrived since open() began."""
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.message())

    def open(self, path, width=1280, height=900):
        """Opens a file and waits until all of it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.events = []
        self.call("Page.navigate", url=pathlib.Path(path).as_uri())
        self.wait_for("Page.loadEventFired")

    def evaluate(self, expression):
        """The value of a JavaScript expression; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key):
        """A key, pressed and released: "Tab", "Enter", "ArrowLeft"."""
        codes = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39}
        values = {"key": key, "code": key, "windowsVirtualKeyCode": codes[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **values, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **values)

    def press_and_load(self, key):
        """The same for a key that leads to another page; waits for it."""
        self.events = []
        self.press(key)
        self.wait_for("Page.loadEventFired")

    def complaints(self):
        """Since open(): errors and words on the console, files that could not be loaded."""
        names = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded",
                 "Network.loadingFailed"}
        self.evaluate("0")  # what was under way has been reported
        return [json.dumps(e) for e in self.events if e.get("method") in names]

    def requests(self):
        """Addresses requested since open()."""
        return [e["params"]["request"]["url"] for e in self.events
                if e.get("method") == "Network.requestWillBeSent"]
