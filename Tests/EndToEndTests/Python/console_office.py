"""An operator by day: users, stations, canned answers, statistics, status and settings. console_office.py BASE"""

import sys

from desk import DESKTOP, PHONE, REST, people

base = sys.argv[1]
admin = REST(base, "admin@example.com")

with people(base, DESKTOP, PHONE) as (operator, hong):
    operator.sign_in("admin@example.com", "#/stations")
    operator.press("Add station")
    operator.enter("Name", "Trạm Cầu Giấy")
    operator.enter("Street address", "12 Đường Láng")
    operator.press("Save")
    operator.see("2 stations")

    # A new technician, who is spoken to in Vietnamese.
    operator.press("Users")
    operator.see("3 users")
    operator.press("Add user")
    operator.enter("Name", "Hồng")
    operator.enter("E-mail", "hong@example.com")
    operator.enter("Telephone", "+84 90 123 45 67")
    operator.choose("Role", "Station staff")
    operator.choose("Works at", "Trạm Cầu Giấy")
    operator.choose("Language of notifications", "Tiếng Việt")
    operator.enter("Password", "station-demo")
    operator.press("Save")
    operator.see("Station staff, Trạm Cầu Giấy")
    user = next(each for each in admin.call("GET", "/users") if each["username"] == "Hồng")
    assert (user["role"], user["language"], user["station_id"]) == ("station_staff", "vi", 2), user

    hong.open()
    hong.enter("E-mail or telephone", "+84901234567")
    hong.enter("Password", "station-demo")
    hong.press("Sign in")
    hong.see("Trực tuyến")
    hong.see("Không có phiếu nào.")
    admin.file("Pin kẹt", station_id=2, priority="urgent")
    hong.see("john_driver vừa gửi phiếu #1 (Khẩn cấp)")
    hong.press("Pin kẹt", part=True)
    hong.press("Tôi nhận")
    hong.enter("Trả lời cho tài xế", "Đang đến")
    hong.press("Lưu và đóng phiếu")
    hong.see("Đã đóng")

    # The operator sees who is connected, by name, and what they look at.
    operator.press("Status")
    operator.see("Nothing: all is well.")
    operator.see("looks at #1")
    operator.press("Settings")
    operator.enter("Search settings", "kept_days")
    operator.see("notifications.kept_days")
    operator.see("1 setting")
    operator.press("Statistics")
    operator.see("Tickets a day")
    operator.see("Trạm Cầu Giấy")

    # Canned answers are written here, and changed.
    operator.press("Canned answers")
    operator.see("No canned answers yet.")
    operator.press("Add answer")
    operator.enter("Title", "Latch")
    operator.enter("Text", "The latch is free again.")
    operator.press("Save")
    operator.see("The latch is free again.")
    operator.press("Change: Latch")
    operator.enter("Text", "The latch was blocked.")
    operator.press("Save")
    operator.see("The latch was blocked.")

    # What the filter shows goes into a file.
    operator.press("Tickets")
    operator.press("All")
    operator.press("Filter and sort")
    operator.press("Export CSV")
    operator.see("Saved tickets.csv")

    # Signing out everywhere ends what is open; a disabled user does not come back.
    operator.go(f"#/users/{user['user_id']}")
    operator.find(["heading"], "Hồng")
    operator.see("websocket")
    operator.press("Sign out everywhere")
    operator.browser.run("document.querySelector('dialog .primary').click()")
    hong.see("Phiên làm việc đã hết. Vui lòng đăng nhập lại.")
    operator.press("May sign in")
    operator.press("Save")
    operator.see("disabled")
    hong.enter("E-mail hoặc số điện thoại", "hong@example.com")
    hong.enter("Mật khẩu", "station-demo")
    hong.press("Đăng nhập")
    hong.browser.until("a refusal", lambda: hong.browser.run(
        "return document.querySelector('[role=alert]').textContent !== ''"))

    # One's own password and the address as a QR code.
    operator.go("#/account")
    operator.find(["img", "image"], f"QR code of {base}/")
    operator.enter("Current password", "station-demo")
    operator.enter("New password", "station-demo-2")
    operator.enter("Repeat new password", "station-demo-3")
    operator.press("Change password")
    operator.see("The new passwords do not match.")
    operator.enter("Repeat new password", "station-demo-2")
    operator.press("Change password")
    operator.see("Password changed")
    operator.see("Live")
print("all steps done")
