"""The console in Chromium, through its WebDriver (W3C) and the standard library alone: console.py BASE"""

import http.client
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

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": arguments})

    def see(self, text):
        self.until(text, lambda: self.run("return document.body.innerText.includes(arguments[0])", text))

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length", selector)

    def wait_for_count(self, selector, count):
        self.until(f"{count} of {selector}", lambda: self.count(selector) == count)

    def unread(self):
        return int(self.run("return document.getElementById('unread').textContent"))

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

    def log_in(self, email):
        self.open(base + "/")
        self.type("E-mail", email)
        self.type("Password", "station-demo")
        self.click("Sign in")
        self.see("Live")

    def faults(self):
        log = self.send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if entry["level"] == "SEVERE"]

    def quit(self):
        self.send("DELETE", "")


class REST:
    """A user who has no browser."""

    def __init__(self, email):
        self.connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=60)
        self.fields = {}
        answer = self.post("/auth/login", {"email": email, "password": "station-demo"})
        self.fields["Authorization"] = "Bearer " + answer["access_token"]

    def post(self, path, body=None):
        fields = {**self.fields, "Content-Type": "application/json"} if body else self.fields
        self.connection.request("POST", "/api/v1" + path, body and json.dumps(body), fields)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        return json.loads(text)

    def file(self, count, priority, text):
        for number in range(count):
            self.post("/support", {"user_id": 1, "priority": priority, "description": f"{text} {number}"})


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

    # The technician's phone is off for a while. The station of this test keeps 120 notifications for a user.
    admin = REST("admin@example.com")
    admin.post("/notifications/read-all")
    technician.wait_for_count("#unread[hidden]", 1)
    technician.open("about:blank")
    admin.file(20, "low", "<b>old</b>")
    admin.file(116, "medium", "recent")
    admin.file(4, "urgent", "burning")
    technician.open(base + "/")
    technician.see("While you were away: 120 notifications, 4 urgent, since ")
    technician.see("20 older notifications are no longer kept.")
    technician.wait_for_count("#toast:empty", 1)
    assert technician.count("*") < 5000

    # Nothing of it again when the connection comes back, and what happens meanwhile is missed too.
    time.sleep(3)
    technician.run("dispatchEvent(new Event('offline'))")
    admin.file(1, "urgent", "burning again")
    technician.see("While you were away: 121 notifications, 5 urgent, since ")

    # The urgent tickets, however many others there are.
    technician.click("Show urgent")
    technician.wait_for_count(".ticket", 5)
    technician.see("Urgent tickets.")

    # The tickets of what is no longer kept, and then all of them again.
    technician.click("Show the tickets")
    technician.wait_for_count(".ticket", 20)
    technician.see("<b>old</b> 19")
    assert technician.count(".ticket b") == 0
    technician.click("Show all tickets")
    technician.see("burning again 0")

    # One is read here, the others elsewhere; what comes then is told as new.
    technician.act('//a[@id="bell"]', "click", {})
    technician.wait_for_count(".entries .unread", 100)
    unread = technician.unread()
    technician.act('//li[@class="unread"]//button', "click", {})
    technician.until("one less", lambda: technician.unread() == unread - 1)
    technician.act('//a[@id="bell"]', "click", {})
    admin.post("/notifications/read-all")
    technician.wait_for_count("#unread[hidden]", 1)
    technician.wait_for_count(".entries .unread", 0)
    technician.click("Dismiss")
    technician.wait_for_count("#away[hidden]", 1)
    admin.file(1, "high", "new")
    technician.see("User john_driver created a new support ticket: #")
    technician.until("one unread", lambda: technician.unread() == 1)
    assert technician.count("#away[hidden]") == 1

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
