"""The console in Chromium, through its WebDriver (W3C) and the standard library alone: console.py BASE"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

base = sys.argv[1]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    def __init__(self, driver, size):
        self.path = driver + "/session"
        options = {
            "binary": shutil.which("chromium"),
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=" + size],
        }
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self.path += "/" + self.send("POST", "", {"capabilities": wanted})["sessionId"]

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.path + path, data, {"Content-Type": "application/json"}, method=method)
        with DIRECT.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def until(self, what, work, seconds=20):
        """Tries until it gives something: pages change while one looks."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = work()
            except urllib.error.HTTPError as error:
                found = None
                if time.monotonic() > end:
                    print(error.read().decode())
            if found or time.monotonic() > end:
                assert found, "waited in vain for " + what
                return found
            time.sleep(0.05)

    def see(self, text):
        script = {"script": "return document.body.innerText.includes(arguments[0])", "args": [text]}
        self.until(text, lambda: self.send("POST", "/execute/sync", script))

    def count(self, selector):
        script = {"script": "return document.querySelectorAll(arguments[0]).length", "args": [selector]}
        return self.send("POST", "/execute/sync", script)

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

    def log_in(self, email):
        self.send("POST", "/url", {"url": base + "/"})
        self.type("E-mail", email)
        self.type("Password", "station-demo")
        self.click("Sign in")
        self.see("Live")

    def faults(self):
        log = self.send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    def quit(self):
        self.send("DELETE", "")


scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
driver = subprocess.Popen(
    ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    env={**os.environ, "TMPDIR": scratch.name})
browsers = []
try:
    port = next(match[1] for line in driver.stdout if (match := re.search(r"successfully on port (\d+)", line)))
    for size in ["1280,900", "400,800"]:
        browsers.append(Browser("http://127.0.0.1:" + port, size))
    technician, rider = browsers
    technician.log_in("admin@example.com")
    technician.see("No tickets here.")
    rider.log_in("driver@example.com")

    # What people write is text, whatever it looks like.
    problem = "<img src=x onerror=document.body.remove()> does not lock in"
    rider.click("New ticket")
    rider.type("What is wrong?", problem)
    rider.click("File ticket")
    rider.see("No answer yet.")

    technician.see(problem)
    assert technician.count("img") == 0
    technician.act('//a[@class="ticket"]', "click", {})
    technician.type("Answer to the driver", "The bolt is free again")
    technician.click("Save and close ticket")

    rider.see("The bolt is free again")
    rider.click("5")
    rider.see("5 of 5")
    rider.click("Back to tickets")
    rider.see("Closed 1")

    # A script or style that the policy forbids would be among these.
    for browser in browsers:
        assert browser.faults() == [], browser.faults()
    print("all steps done")
finally:
    for browser in browsers:
        browser.quit()
    # Not SIGTERM: it may be blocked, as it is in what the tests' harness starts.
    driver.kill()
    driver.wait()
    scratch.cleanup()
