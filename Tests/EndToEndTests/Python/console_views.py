"""Every view of the console at both sizes: axe finds nothing, nothing is too wide, no word is missing.
console_views.py BASE AXE [PICTURES]"""

import os
import sys

from desk import DESKTOP, PHONE, REST, people

base, axe_file = sys.argv[1:3]
pictures = sys.argv[3] if len(sys.argv) > 3 else None
with open(axe_file) as file:
    axe = file.read()

admin = REST(base, "admin@example.com")
admin.call("POST", "/stations", {"name": "Trạm Cầu Giấy, cổng sau, đối diện trường đại học " + "x" * 60, "address": "12 Đường Láng"})
admin.call("POST", "/answers", {"title": "On our way", "body": "A technician is on the way.", "language": "en"})
ticket = admin.file("Pin không khoá được, đèn đỏ nháy liên tục " + "w" * 200, priority="urgent")
admin.call("POST", f"/support/{ticket['support_id']}/comments", {"body": "Which locker?"})
admin.call("POST", f"/support/{ticket['support_id']}/comments", {"body": "Looks like E-42", "internal": True})
admin.call("PATCH", f"/support/{ticket['support_id']}", {"response": "On our way", "status": "in_progress"})
admin.file("The screen is black", count=12, type="station_issue", priority="low")

VIEWS = ["tickets", "ticket/1", "new", "alerts", "users", "users/1", "users/new", "stations", "stations/1", "answers",
         "statistics", "status", "settings", "account", "waiting"]
HEADINGS = {
    "en": ["Tickets", "Ticket #1", "New ticket", "Alerts", "Users", "john_driver", "Add user", "Stations",
           "Demo station", "Canned answers", "Statistics", "Status", "Settings", "Account", "Waiting to be sent"],
    "vi": ["Phiếu", "Phiếu #1", "Phiếu mới", "Thông báo", "Người dùng", "john_driver", "Thêm người dùng", "Trạm",
           "Demo station", "Câu trả lời mẫu", "Thống kê", "Tình trạng", "Cài đặt", "Tài khoản", "Đang chờ gửi"],
}


def check(person, name):
    found = person.violations(axe)
    assert not found, (name, found)
    assert person.overflows() <= 0, name
    if pictures:
        os.makedirs(pictures, exist_ok=True)
        person.picture(f"{pictures}/{name}.png")


def settled(person, heading):
    person.find(["heading"], heading)
    person.browser.until("an answer", lambda: person.browser.run(
        "return performance.now() - (performance.getEntriesByType('resource').at(-1)?.responseEnd ?? 0) > 400"))


def tour(person, size, language):
    for view, heading in zip(VIEWS, HEADINGS[language]):
        person.go("#/" + view)
        settled(person, heading)
        check(person, f"{size}-{language}-{view.replace('/', '-')}")


with people(base, PHONE, DESKTOP) as (technician, operator):
    for person, size in ((technician, "phone"), (operator, "desktop")):
        person.open()
        person.find(["button"], "Sign in")
        check(person, size + "-sign-in")
        person.sign_in("admin@example.com")
        tour(person, size, "en")
    # The sheet of the navigation, a dialog, the filters and the picking of several.
    technician.press("More")
    check(technician, "phone-more")
    operator.go("#/tickets")
    operator.press("Filter and sort")
    operator.press("Select several")
    operator.press("Select all shown")
    operator.see("13 selected")
    check(operator, "desktop-selection")
    operator.press("Close tickets")
    operator.see("Change 13 tickets?")
    check(operator, "desktop-dialog")
    operator.press("Cancel")
    operator.press("End selection")

    # A narrow phone, and a desktop at 400 %: nothing is cut or too wide.
    technician.resize(320, 640)
    for view in VIEWS:
        technician.go("#/" + view)
        technician.browser.until(view, lambda: technician.overflows() <= 0)
    technician.resize(*PHONE)

    # In the dark.
    for person, size in ((technician, "phone"), (operator, "desktop")):
        person.browser.command(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        for view in ("tickets", "ticket/1", "statistics", "alerts"):
            person.go("#/" + view)
            settled(person, HEADINGS["en"][VIEWS.index(view)])
            check(person, f"{size}-dark-{view.replace('/', '-')}")
        person.browser.command(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])

    # The language is switched at once, and kept with the user: another browser speaks it too.
    technician.go("#/account")
    technician.choose("Language of the page and of notifications", "Tiếng Việt")
    technician.see("Ngôn ngữ của trang và thông báo")
    tour(technician, "phone", "vi")
    operator.browser.refresh()
    operator.find(["link"], "Phiếu mới")
    tour(operator, "desktop", "vi")
    assert operator.browser.run("return document.documentElement.lang") == "vi"
    # Both tables have the same keys, and no view showed a key in place of a text.
    missing = operator.browser.send("POST", "/execute/async", {"script": """
        const done = arguments[0]
        Promise.all([import('/en.js'), import('/vi.js')]).then(([en, vi]) => {
          const [a, b] = [Object.keys(en.default), Object.keys(vi.default)]
          done([...a.filter((key) => !b.includes(key)), ...b.filter((key) => !a.includes(key))])
        })
        """, "args": []})
    assert missing == [], missing
    admin.call("PATCH", "/auth/me", {"language": None})
print("all steps done")
