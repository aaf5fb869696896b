"""People at the console: they see and press what has an accessible name, as a screen reader would read it."""

import base64
import contextlib
import http.client
import json

from browser import ELEMENT, chromium

PHONE = (390, 844)
DESKTOP = (1280, 800)

FIND = """
const [roles, name, isPart] = arguments
const all = 'a, button, input, select, textarea, summary, h1, h2, [role]'
const found = [...document.querySelectorAll(all)].filter((each) => {
  if (!each.checkVisibility({visibilityProperty: true}) || !roles.includes(each.computedRole)) return false
  return isPart ? each.computedName.includes(name) : each.computedName === name
})
return found.at(document.querySelector('dialog[open]') ? -1 : 0)
"""
# Chromium gives the summary of a fold no role.
PRESSED = ["button", "link", "", "checkbox", "switch", "radio"]
ENTERED = ["textbox", "searchbox", "combobox", "spinbutton"]


class Person:
    """A person at a browser of their own."""

    def __init__(self, browser, base, size):
        self.browser = browser
        self.base = base
        self.resize(*size)

    def resize(self, width, height):
        self.browser.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 800)

    def find(self, roles, name, part=False):
        return self.browser.until(f"{roles[0]} {name!r}", lambda: self.browser.run(FIND, roles, name, part))[ELEMENT]

    def has(self, name, roles=PRESSED):
        return self.browser.run(FIND, roles, name, False) is not None

    def press(self, name, part=False):
        """Presses what has this name. The page may renew it meanwhile, so this tries again."""
        def work():
            element = self.find(PRESSED, name, part)
            self.browser.run("arguments[0].scrollIntoView({block: 'center'})", {ELEMENT: element})
            self.browser.send("POST", f"/element/{element}/click", {})
            return True

        self.browser.until("pressing " + name, work)

    def enter(self, name, text):
        element = self.find(ENTERED, name)
        self.browser.send("POST", f"/element/{element}/clear", {})
        if text:
            self.browser.send("POST", f"/element/{element}/value", {"text": text})
        else:
            self.browser.run("arguments[0].dispatchEvent(new Event('input'))", {ELEMENT: element})

    def choose(self, name, option):
        """Chooses an option of a list by its text."""
        script = """
        const [select, text] = arguments
        const option = [...select.options].find((each) => each.text === text)
        if (!option) return false
        select.value = option.value
        select.dispatchEvent(new Event('change', {bubbles: true}))
        return true
        """
        self.browser.until(f"{option} of {name}", lambda: self.browser.run(
            script, {ELEMENT: self.find(["combobox"], name)}, option))

    def value(self, name):
        return self.browser.run("return arguments[0].value", {ELEMENT: self.find(ENTERED, name)})

    def key(self, text):
        self.browser.run("document.activeElement.blur()")
        self.browser.send("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": text}, {"type": "keyUp", "value": text}]}]})

    def focused(self):
        return self.browser.run("return document.activeElement.computedName")

    def see(self, text):
        self.browser.see(text)

    def miss(self, text):
        self.browser.until(
            "no " + text, lambda: self.browser.run("return !document.body.innerText.includes(arguments[0])", text))

    def open(self, address=""):
        self.browser.open(self.base + "/" + address)

    def go(self, address):
        self.browser.run("location.hash = arguments[0]", address)

    def back(self):
        self.browser.run("history.back()")

    def sign_in(self, email, address=""):
        self.open(address)
        self.enter("E-mail or telephone", email)
        self.enter("Password", "station-demo")
        self.press("Sign in")
        self.see("Live")

    def offline(self, is_offline=True):
        """Cuts the line of this browser, and brings it back."""
        self.browser.command("Network.enable")
        self.browser.command("Network.emulateNetworkConditions", offline=is_offline, latency=0, downloadThroughput=-1,
                             uploadThroughput=-1)

    def overflows(self):
        """How much wider than the window the page is."""
        return self.browser.run("return document.documentElement.scrollWidth - innerWidth")

    def violations(self, axe):
        """What axe objects to in the view."""
        self.browser.run(axe)
        found = self.browser.send("POST", "/execute/async", {"script": """
            const done = arguments[0]
            axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations.map((each) =>
                each.id + ': ' + each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | '))))
            """, "args": []})
        return found

    def picture(self, file):
        data = self.browser.command("Page.captureScreenshot")["data"]
        with open(file, "wb") as out:
            out.write(base64.b64decode(data))


@contextlib.contextmanager
def people(base, *sizes):
    with chromium(*("1300,900" for _ in sizes)) as browsers:
        yield [Person(browser, base, size) for browser, size in zip(browsers, sizes)]
        for browser in browsers:
            # Requests fail where a test cuts the line, ends a session or makes a conflict. What the content security
            # policy blocks, and errors of the page, are faults.
            faults = [each for each in browser.faults() if "Failed to load resource" not in each
                      and "WebSocket connection" not in each]
            assert faults == [], faults


class REST:
    """A user without a browser."""

    def __init__(self, base, email):
        self.host = base.removeprefix("http://")
        self.fields = {}
        answer = self.call("POST", "/auth/login", {"email": email, "password": "station-demo"})
        self.fields["Authorization"] = "Bearer " + answer["access_token"]

    def call(self, method, path, body=None):
        fields = {**self.fields, "Content-Type": "application/json"} if body is not None else self.fields
        # The station may have closed a connection that was idle while the browsers worked.
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, "/api/v1" + path, None if body is None else json.dumps(body), fields)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        return json.loads(text) if text else None

    def file(self, description, count=1, **fields):
        for number in range(count):
            text = f"{description} {number}" if count > 1 else description
            ticket = self.call("POST", "/support", {"user_id": 1, "station_id": 1, "description": text, **fields})
        return ticket
