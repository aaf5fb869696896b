"""Tests the console in Chromium, with WebDriver (W3C) and only the standard library: console.py BASE"""

import http.client
import json
import sys
import time

from browser import chromium

base = sys.argv[1]


class REST:
    """A user without a browser."""

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


def log_in(browser, email):
    browser.open(base + "/")
    browser.type("E-mail", email)
    browser.type("Password", "station-demo")
    browser.click("Sign in")
    browser.see("Live")


def unread(browser):
    return int(browser.run("return document.getElementById('unread').textContent"))


with chromium("1280,900", "400,800") as browsers:
    technician, rider = browsers
    log_in(technician, "admin@example.com")
    technician.see("No tickets here.")
    log_in(rider, "driver@example.com")

    # User input is shown as text, even if it looks like HTML.
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

    # The technician's phone is off for a while. The station of this test keeps 120 notifications per user.
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

    # When the connection comes back, nothing is counted again, and new events during the break count as missed.
    time.sleep(3)
    technician.run("dispatchEvent(new Event('offline'))")
    admin.file(1, "urgent", "burning again")
    technician.see("While you were away: 121 notifications, 5 urgent, since ")

    # Only the urgent tickets are shown, however many others there are.
    technician.click("Show urgent")
    technician.wait_for_count(".ticket", 5)
    technician.see("Urgent tickets.")

    # The tickets of notifications no longer kept are shown, and then all of them again.
    technician.click("Show these tickets")
    technician.wait_for_count(".ticket", 20)
    technician.see("<b>old</b> 19")
    assert technician.count(".ticket b") == 0
    technician.click("Show all tickets")
    technician.see("burning again 0")

    # One notification is read here, the others elsewhere; later ones show as new.
    technician.act('//a[@id="bell"]', "click", {})
    technician.wait_for_count(".entries .unread", 100)
    before = unread(technician)
    technician.act('//li[@class="unread"]//button', "click", {})
    technician.until("one unread less", lambda: unread(technician) == before - 1)
    technician.act('//a[@id="bell"]', "click", {})
    admin.post("/notifications/read-all")
    technician.wait_for_count("#unread[hidden]", 1)
    technician.wait_for_count(".entries .unread", 0)
    technician.click("Dismiss")
    technician.wait_for_count("#away[hidden]", 1)
    admin.file(1, "high", "new")
    technician.see("User john_driver created a new support ticket: #")
    technician.until("one unread", lambda: unread(technician) == 1)
    assert technician.count("#away[hidden]") == 1

    # A script or style that the content security policy blocks would be among these faults.
    for browser in browsers:
        assert browser.faults() == [], browser.faults()
    print("all steps done")
