"""Ten thousand tickets in the console: console_crowd.py BASE"""

import sys
import threading

from desk import DESKTOP, PHONE, REST, people

base = sys.argv[1]
COUNT = 10000


def file(part):
    user = REST(base, "admin@example.com")
    for number in range(part, COUNT, 4):
        user.file(f"Problem {number}", priority="medium")


threads = [threading.Thread(target=file, args=(part,)) for part in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
admin = REST(base, "admin@example.com")

with people(base, PHONE, DESKTOP) as (technician, operator):
    for person in (technician, operator):
        person.sign_in("admin@example.com")
        person.see("100 of 10,000 loaded")
        person.see("Open 10,000")
    for person, scroll in ((technician, "scrollBy(0, 1e6)"),
                           (operator, "document.getElementById('list').scrollBy(0, 1e6)")):
        def at_the_end():
            person.browser.run(scroll)
            assert person.browser.count(".rows li") < 80
            return person.browser.run("return document.getElementById('list-end').textContent === '10,000 tickets'")

        person.browser.until("the end", at_the_end, seconds=90)
        assert person.browser.count("*") < 3000

    # What happens far above moves nothing in the window, and loses neither focus nor selection.
    operator.key("k")
    held = operator.focused()
    assert "Problem" in held, held
    place = "return document.activeElement.getBoundingClientRect().top"
    before = operator.browser.run(place)
    admin.file("An urgent one", priority="urgent")
    operator.see("10,001 tickets")
    assert operator.focused() == held
    assert operator.browser.run(place) == before
    technician.browser.run("scrollTo(0, 0)")
    technician.see("An urgent one")

    # A search looks at all of them, and counts follow.
    technician.enter("Search tickets", "Problem 9999")
    technician.see("1 ticket")
    technician.see("Open 1")
print("all steps done")
