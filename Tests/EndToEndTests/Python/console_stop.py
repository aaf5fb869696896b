"""The station stops and comes back: console_stop.py BASE. The harness stops and starts it when this prints so."""

import sys

from desk import PHONE, REST, people

base = sys.argv[1]
REST(base, "admin@example.com").file("The door is stuck")

with people(base, PHONE) as (driver,):
    driver.sign_in("driver@example.com", "#/ticket/1")
    driver.find(["heading"], "Ticket #1")
    driver.see("Comments (0)")
    # The service worker has the page's files by then: on this machine the context is secure.
    driver.browser.until("the kept files", lambda: driver.browser.send("POST", "/execute/async", {
        "script": "caches.match('/waiting.js').then((found) => arguments[0](!!found))", "args": []}))
    driver.browser.until("the kept ticket", lambda: driver.browser.run(
        "return sessionStorage.getItem('desk threads')?.includes('history')"))
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
    # Opened anew, the page comes from the service worker, with what was loaded and what waits.
    driver.browser.refresh()
    driver.see("2 changes wait to be sent.")
    driver.go("#/ticket/1")
    driver.see("The door is stuck")
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
