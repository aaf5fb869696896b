"""The station stops and comes back: console_stop.py BASE. The harness stops and starts it when this prints so."""

import sys

from desk import PHONE, REST, people

base = sys.argv[1]
REST(base, "admin@example.com").file("The door is stuck")

with people(base, PHONE) as (driver,):
    driver.sign_in("driver@example.com", "#/ticket/1")
    driver.find(["heading"], "Ticket #1")
    driver.see("Comments (0)")
    print("station: stop", flush=True)
    driver.see("The station has stopped or cannot be reached since")
    driver.see("The door is stuck")
    driver.enter("New comment", "Written meanwhile")
    driver.press("Add comment")
    driver.see("Waiting to be sent · Written meanwhile")
    driver.go("#/new")
    driver.enter("What is wrong?", "Filed meanwhile")
    driver.press("File ticket")
    driver.see("2 changes wait to be sent.")
    print("station: start", flush=True)
    driver.browser.until("the connection", lambda: driver.has("Back") or driver.browser.run(
        "return document.getElementById('stale').hidden"), seconds=60)
    driver.browser.until("an empty queue", lambda: driver.browser.run(
        "return document.getElementById('queue').hidden"), seconds=60)
    driver.go("#/ticket/1")
    driver.see("Comments (1)")
    driver.go("#/tickets")
    driver.see("Filed meanwhile")
    driver.see("2 tickets")
tickets = REST(base, "admin@example.com").call("GET", "/support")
assert [each["description"] for each in tickets] == ["Filed meanwhile", "The door is stuck"], tickets
print("all steps done")
