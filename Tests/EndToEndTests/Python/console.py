"""Somebody was away: the console tells what was missed in one line. console.py BASE

The station of this test keeps 120 notifications per user.
"""

import sys
import time

from desk import DESKTOP, REST, people

base = sys.argv[1]
admin = REST(base, "admin@example.com")

with people(base, DESKTOP) as (technician,):
    technician.sign_in("admin@example.com")
    technician.see("No tickets here.")
    admin.call("POST", "/notifications/read-all")
    browser = technician.browser
    browser.open("about:blank")
    admin.file("<b>old</b>", 20, priority="low")
    admin.file("recent", 116, priority="medium")
    admin.file("burning", 4, priority="urgent")
    technician.open()
    technician.see("While you were away: 120 notifications, 4 urgent, since ")
    technician.see("20 older notifications are no longer kept.")
    browser.wait_for_count("#toast:empty", 1)
    assert browser.count("*") < 5000

    # When the connection comes back, nothing is counted again, and new events during the break count as missed.
    time.sleep(3)
    browser.run("dispatchEvent(new Event('offline'))")
    admin.file("burning again", priority="urgent")
    technician.see("While you were away: 121 notifications, 5 urgent, since ")

    # Only the urgent tickets are shown, however many others there are.
    technician.press("Show urgent")
    technician.see("5 tickets")
    technician.see("Priority: Urgent ×")

    # The tickets of notifications no longer kept are shown, and then all of them again.
    technician.press("Show these tickets")
    technician.see("20 tickets")
    technician.see("<b>old</b> 19")
    assert browser.count(".ticket b") == 0
    technician.press("Remove Notifications no longer kept")
    technician.see("burning again")

    # One notification is read here, the others elsewhere; later ones show as new.
    technician.press("Alerts", part=True)
    technician.browser.until("the alerts", lambda: browser.count(".entries .unread") == 100)
    count = "return Number(/\\d+/.exec(document.querySelector('[data-place=alerts]').getAttribute('aria-label')))"
    before = browser.run(count)
    technician.press("filed ticket #141", part=True)
    browser.until("one unread less", lambda: browser.run(count) == before - 1)
    technician.press("Alerts", part=True)
    admin.call("POST", "/notifications/read-all")
    browser.wait_for_count("#unread[hidden]", 1)
    browser.wait_for_count(".entries .unread", 0)
    technician.press("Dismiss")
    browser.wait_for_count("#away[hidden]", 1)
    admin.file("new", priority="high")
    technician.see("john_driver filed ticket #142 (High)")
    browser.until("one unread", lambda: browser.run(count) == 1)
    assert browser.count("#away[hidden]") == 1
print("all steps done")
