"""Two technicians and a driver at once: live changes, hand-over, conflicts, drafts, a line that is cut.
console_desk.py BASE"""

import sys

from browser import ELEMENT
from desk import DESKTOP, ENTERED, PHONE, REST, people

base = sys.argv[1]
admin = REST(base, "admin@example.com")
admin.call("PATCH", "/users/2", {"username": "Linh"})
admin.call("POST", "/users", {"username": "Minh", "email": "minh@example.com", "password": "station-demo", "role": "admin"})
admin.call("POST", "/answers", {"title": "Latch", "body": "The latch is free again.", "language": "en"})

with people(base, DESKTOP, PHONE, PHONE) as (linh, minh, driver):
    # A link to a ticket survives signing in; the driver files by phone.
    driver.sign_in("driver@example.com", "#/new")
    driver.find(["heading"], "New ticket")
    problem = "<img src=x onerror=document.body.remove()> does not lock in"
    driver.enter("What is wrong?", problem)
    driver.press("File ticket")
    driver.find(["heading"], "Ticket #1")
    driver.see("No answer yet.")

    linh.sign_in("admin@example.com", "#/ticket/1")
    linh.find(["heading"], "Ticket #1")
    minh.sign_in("minh@example.com", "#/ticket/1")
    linh.see("Minh is looking at this ticket too.")
    minh.see("Linh is looking at this ticket too.")
    assert linh.browser.count("img") == 0

    # The driver comments; both technicians have it before them, and what they type stays.
    minh.enter("Answer to the driver", "A typed answer")
    driver.enter("New comment", "Please hurry")
    driver.press("Add comment")
    linh.see("Please hurry")
    minh.see("Please hurry")
    assert minh.value("Answer to the driver") == "A typed answer"

    # Linh takes the job; Minh sees it at once, and who did it.
    linh.press("Assign to me")
    minh.see("Linh: Assigned to: Linh")
    linh.press("In progress")
    driver.see("In progress")

    # Both answer. The second one sees both answers side by side, and nothing is lost.
    linh.enter("Answer to the driver", "Linh is on her way")
    linh.press("Save answer")
    driver.see("Linh is on her way")
    minh.see("Linh: Answer: “Linh is on her way”")
    assert minh.value("Answer to the driver") == "A typed answer"
    minh.press("Save answer")
    minh.see("Two people changed this")
    minh.see("By Linh")
    assert admin.call("GET", "/support/1")["response"] == "Linh is on her way"
    minh.press("Edit both together")
    assert minh.value("Answer to the driver") == "Linh is on her way\nA typed answer"
    minh.press("Save answer")
    driver.see("Linh is on her way\nA typed answer")

    # What is not sent yet survives another view, a reload, and a session that ends by itself.
    linh.enter("New comment", "An unfinished thought")
    linh.go("#/alerts")
    linh.find(["heading"], "Alerts")
    linh.go("#/ticket/1")
    linh.browser.until("the draft", lambda: linh.value("New comment") == "An unfinished thought")
    linh.browser.refresh()
    linh.browser.until("the draft", lambda: linh.value("New comment") == "An unfinished thought")
    admin.call("POST", "/users/2/logout")
    linh.see("Your session has ended. Please sign in again.")
    linh.enter("E-mail or telephone", "admin@example.com")
    linh.enter("Password", "station-demo")
    linh.press("Sign in")
    linh.browser.until("the draft", lambda: linh.value("New comment") == "An unfinished thought")
    admin = REST(base, "admin@example.com")

    # Without a line, what was loaded is read; comments, changes and tickets wait, and go when it is back.
    minh.offline()
    minh.see("You can read what was loaded")
    minh.enter("New comment", "Written in the cellar")
    minh.press("Add comment")
    minh.see("Waiting to be sent · Written in the cellar")
    minh.press("Closed")
    minh.see("Waiting to be sent · Status: Closed")
    minh.press("New ticket")
    minh.enter("What is wrong?", "Filed without a line")
    minh.press("File ticket")
    minh.find(["heading"], "Waiting to be sent")
    minh.see("Filed without a line")
    minh.press("Tickets")
    minh.see("does not lock in")
    assert admin.call("GET", "/support/1")["status"] == "in_progress"
    minh.offline(False)
    linh.see("Written in the cellar")
    minh.miss("wait to be sent")
    driver.find(["button"], "4 of 5")
    assert admin.call("GET", "/support/1")["status"] == "closed"
    assert [each["description"] for each in admin.call("GET", "/support?q=without")] == ["Filed without a line"]

    # The driver rates; the receipts tell the technicians what the driver knows.
    driver.press("5 of 5")
    linh.see("5 of 5")
    linh.browser.until("the receipt", lambda: linh.browser.run(
        "return /What the driver knows[^]*✓ sent.*✓ received.*✓ read/.test(document.body.innerText)"), seconds=40)

    # Alerts say what they are about, and opening their ticket marks them as read.
    driver.press("Alerts", part=True)
    driver.see("Ticket #1 is resolved")
    admin.file("The screen is black", priority="urgent")
    minh.press("Alerts", part=True)
    minh.see("Urgent · Demo station · The screen is black")
    minh.press("john_driver filed ticket #3", part=True)
    minh.find(["heading"], "Ticket #3")
    minh.browser.until("it is read", lambda: all(
        each["read"] for each in REST(base, "minh@example.com").call("GET", "/notifications")
        if each["data"]["support_id"] == 3))

    # Going back restores the place and the focus.
    admin.file("One of many", count=40, priority="low")
    minh.go("#/tickets")
    minh.see("One of many 0")
    minh.browser.run("scrollTo(0, 2000)")
    minh.browser.until("rows", lambda: minh.browser.run("return document.body.innerText.includes('One of many 15')"))
    minh.browser.run("arguments[0].scrollIntoView({block: 'center'})", {
        ELEMENT: minh.find(["link"], "One of many 15", part=True)})
    place = minh.browser.run("return scrollY")
    minh.press("One of many 15", part=True)
    minh.find(["heading"], "Ticket #19")
    minh.press("Back")
    minh.find(["link"], "One of many 0", part=True)
    minh.back()
    minh.find(["heading"], "Ticket #19")
    minh.back()
    minh.browser.until("the place", lambda: minh.browser.run("return scrollY") == place)
    assert "One of many 15" in minh.focused(), minh.focused()

    # A canned answer, then closing and assigning several at once.
    linh.go("#/ticket/3")
    linh.find(["heading"], "Ticket #3")
    linh.choose("Insert a canned answer", "Latch")
    assert linh.value("Answer to the driver") == "The latch is free again."
    linh.press("Save and close ticket")
    linh.see("Done")
    linh.press("Filter and sort")
    linh.enter("Search tickets", "of many 3")
    linh.see("13 tickets")
    linh.press("Select several")
    linh.press("Select all shown")
    linh.see("13 selected")
    linh.browser.until("the choice of people", lambda: linh.browser.run("""
        const select = [...document.querySelectorAll('#bulk select')][0]
        const option = [...select.options].find((each) => each.text === 'Minh')
        if (!option) return false
        select.value = option.value
        select.dispatchEvent(new Event('change'))
        return true"""))
    linh.press("Change")
    minh.press("Mine")
    minh.see("One of many 3")
    assert len(admin.call("GET", "/support?assignee_id=4")) == 13
    linh.press("Select all shown")
    linh.see("13 selected")
    linh.press("Close tickets")
    linh.press("Change")
    linh.see("0 selected")
    minh.see("No tickets here.")
    assert len(admin.call("GET", "/support?status=closed&assignee_id=4")) == 13

    # The keyboard reaches everything.
    linh.press("End selection")
    linh.enter("Search tickets", "")
    linh.key("?")
    linh.find(["heading"], "Keyboard shortcuts")
    linh.press("Close")
    linh.browser.until("rows", lambda: linh.browser.count(".rows li") > 5)
    linh.key("j")
    linh.browser.until("a row has the focus", lambda: "#" in (linh.focused() or ""))
    linh.key("/")
    linh.browser.until("the search has the focus", lambda: linh.focused() == "Search tickets")

    # A view has a name, and stands in the address.
    linh.press("Closed lately")
    linh.browser.until("the address", lambda: "status=closed" in linh.browser.run("return location.hash"))
    linh.press("Save this view")
    linh.enter("Name of the view", "Old ones")
    linh.press("Save")
    linh.find(["link"], "Old ones")

    # A ticket for somebody who stands beside the technician, found by name.
    linh.press("New ticket")
    linh.enter("What is wrong?", "Filed at the counter")
    linh.enter("For whom", "john_driver")
    linh.press("File ticket")
    linh.see("Filed at the counter")
    assert admin.call("GET", "/support?q=counter")[0]["user_id"] == 1
    # Deleting says what it does, and everybody hears of it.
    number = admin.call("GET", "/support?q=counter")[0]["support_id"]
    minh.go(f"#/ticket/{number}")
    minh.see("Filed at the counter")
    linh.press("Delete ticket")
    linh.see("goes for ever")
    linh.browser.run("document.querySelector('dialog .primary').click()")
    minh.see("Linh has deleted this ticket.")
    assert linh.find(ENTERED, "Search tickets")

print("all steps done")
