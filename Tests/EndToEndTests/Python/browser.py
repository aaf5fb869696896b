"""Chromium, driven through WebDriver (W3C) with only the standard library."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    def __init__(self, driver, size):
        self.path = driver + "/session"
        options = {
            "binary": shutil.which("chromium"),
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=" + size,
                     "--lang=en", "--enable-blink-features=ComputedAccessibilityInfo"],
        }
        # A station's own certificate has no issuer that a browser knows.
        wanted = {"alwaysMatch": {
            "acceptInsecureCerts": True, "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self.path += "/" + self.send("POST", "", {"capabilities": wanted})["sessionId"]

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.path + path, data, {"Content-Type": "application/json"}, method=method)
        with DIRECT.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def until(self, what, work, seconds=20):
        """Repeats `work` until its result is true, because pages change while a script looks at them."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = work()
            except urllib.error.HTTPError as error:
                found = None
                if time.monotonic() > end:
                    print(error.read().decode())
            if found or time.monotonic() > end:
                assert found, "timed out waiting for " + what
                return found
            time.sleep(0.05)

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": arguments})

    def see(self, text):
        self.until(text, lambda: self.run("return document.body.innerText.includes(arguments[0])", text))

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def wait_for_count(self, selector, count):
        self.until(f"{count} of {selector}", lambda: self.count(selector) == count)

    def act(self, xpath, action, body):
        def work():
            element = self.send("POST", "/element", {"using": "xpath", "value": xpath})[ELEMENT]
            self.send("POST", f"/element/{element}/{action}", body)
            return True

        self.until(xpath, work)

    def click(self, text):
        self.act(f'//*[self::a or self::button][normalize-space()="{text}"]', "click", {})

    def type(self, label, text):
        self.act(f'//*[@id = //label[normalize-space()="{label}"]/@for]', "value", {"text": text})

    def open(self, url):
        self.send("POST", "/url", {"url": url})

    def refresh(self):
        self.send("POST", "/refresh", {})

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self.send("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def faults(self):
        log = self.send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    def quit(self):
        self.send("DELETE", "")


def start_driver(scratch):
    """Starts chromedriver and returns its process and port.

    It may choose a port that is free for IPv6 but not for IPv4. Then it exits, and we start it again.
    """
    for _ in range(10):
        driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "TMPDIR": scratch})
        for line in driver.stdout:
            if match := re.search(r"successfully on port (\d+)", line):
                return driver, match[1]
        driver.wait()
    raise RuntimeError("chromedriver does not start")


@contextlib.contextmanager
def chromium(*sizes):
    """Opens a browser for each window size, and closes all of them at the end whatever happens."""
    scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    driver, port = start_driver(scratch.name)
    browsers = []
    try:
        for size in sizes:
            browsers.append(Browser("http://127.0.0.1:" + port, size))
        yield browsers
    finally:
        for browser in browsers:
            browser.quit()
        # SIGTERM may be blocked: a process started by the tests' harness inherits that.
        driver.kill()
        driver.wait()
        scratch.cleanup()
