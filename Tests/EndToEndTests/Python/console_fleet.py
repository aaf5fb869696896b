"""A central server's console: console_fleet.py BASE PHASE. In between, the station carries out the command."""

import sys

from desk import DESKTOP, PHONE, people

base, phase = sys.argv[1:3]

with people(base, DESKTOP if phase == "ask" else PHONE) as (admin,):
    admin.sign_in("admin@example.com")
    admin.see("The battery does not lock in")
    if phase == "ask":
        # Its members' tickets stand in the same list and the same view.
        admin.see("2 tickets")
        admin.press("#1", part=True)
        admin.find(["heading"], "Ticket #1")
        admin.see("Station 7")
        admin.enter("Answer to the driver", "On our way")
        admin.press("Save and close ticket")
        admin.see("Change ticket: Waiting")
    admin.go("#/fleet")
    admin.find(["heading"], "Fleet")
    admin.see("1 station")
    admin.press("Station 7")
    admin.find(["heading"], "Station 7")
    admin.see("Waiting" if phase == "ask" else "Done")
    admin.see("Change ticket")
    if phase == "see":
        admin.press("#1", part=True)
        admin.see("Change ticket: Done")
        admin.see("Closed")
print("all steps done")
