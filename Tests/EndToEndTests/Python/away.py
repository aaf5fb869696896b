"""Tests delivery to users who were away, with python-socketio's Client.

    away.py BASE polling|websocket|upgrade SCENARIO
"""

import os
import signal
import subprocess
import sys
import time

from expect import REST, notification, same
from filing import PRIORITIES, check, check_digest, file
from listener import Listener

base, way, scenario = sys.argv[1:4]


def one_live(*listeners):
    """Files a ticket, which must reach each listener as a live event."""
    tickets = file(base, 1)
    for listener in listeners:
        check(listener.receive_created(1), tickets, replayed=False)
    return tickets


def missed():
    """A thousand tickets missed during an absence arrive once, before live events, and never again."""
    admin = REST(base, "admin@example.com")
    listener = Listener(base, admin, way)
    one_live(listener)
    listener.settle()
    listener.leave()

    tickets = file(base, 1000)
    # A notification has the ticket as it was at that time, so this change must not show.
    changes = {"description": "Changed", "status": "in_progress"}
    admin.call("PATCH", f"/support/{tickets[7]['support_id']}", 200, changes)
    listener = Listener(base, admin, way)
    digest = listener.receive("notifications:digest")
    replayed = listener.receive_created(1000)
    check(replayed, tickets, replayed=True)
    check_digest(digest, replayed)
    kept = admin.call("GET", "/notifications?limit=1000", 200)
    same([{**each, "read": False} for each in replayed], [{**each, "replayed": True} for each in kept],
         "comparison of the replay with the list")
    one_live(listener)
    listener.settle()
    listener.expect_silence()
    listener.leave()

    listener = Listener(base, admin, way)
    listener.expect_silence()
    one_live(listener)
    listener.leave()


def driver():
    """A driver who was away gets the update, the resolution and the deletion, each with the ticket as it was then."""
    admin, rider = REST(base, "admin@example.com"), REST(base, "driver@example.com")
    ticket = file(base, 1)[0]["support_id"]
    admin.call("PATCH", f"/support/{ticket}", 200, {"status": "in_progress", "response": "On our way"})
    admin.call("PATCH", f"/support/{ticket}", 200, {"response": "Done", "status": "closed"})
    admin.call("DELETE", f"/support/{ticket}", 200)
    listener = Listener(base, rider, way)

    def receive(kind, title, message, priority):
        payload = listener.receive(f"support:ticket:{kind}")
        same(payload.pop("replayed", None), True, "replayed")
        return notification(payload, kind, title, message, priority)

    data = receive("updated", "Support Ticket Updated", "Your support ticket has been updated", "medium")
    same((data["status"], data["response"]), ("in_progress", "On our way"), "data of updated")
    data = receive("resolved", "Support Ticket Resolved", "Your support ticket has been resolved", "low")
    same((data["status"], data["response"]), ("closed", "Done"), "data of resolved")
    data = receive("deleted", "Support Ticket Deleted", f"Your support ticket #{ticket} has been deleted", "low")
    same(data, {"support_id": ticket}, "data of deleted")
    listener.settle()
    listener.leave()
    listener = Listener(base, rider, way)
    listener.expect_silence()
    listener.leave()


def phone():
    """Events delivered to one device of a user are not replayed to the other; reading on one shows on the other."""
    admin = REST(base, "admin@example.com")
    tickets = file(base, 20)
    desk = Listener(base, admin, way)
    check(desk.receive_created(20), tickets, replayed=True)
    desk.settle()
    phone = Listener(base, admin, way)
    phone.expect_silence()
    one_live(desk, phone)

    last = admin.call("GET", "/notifications", 200)[-1]["id"]
    same(phone.call("notifications:read", {"ids": [last]}), {"unread": 20}, "acknowledgement")
    same(desk.receive("notifications:changed"), {"unread": 20}, "changed")
    same(phone.call("notifications:read", {"through": last}), {"unread": 0}, "acknowledgement")
    same(desk.receive("notifications:changed"), {"unread": 0}, "changed")
    one_live(desk, phone)
    admin.call("POST", "/notifications/read-all", 200)
    for each in (desk, phone):
        same(each.receive("notifications:changed"), {"unread": 0}, "changed")
        each.settle()

    desk.leave()
    one_live(phone)
    phone.settle()
    desk = Listener(base, admin, way)
    desk.expect_silence()
    for each in (desk, phone):
        each.leave()

    # A notification that was read is not replayed, although no connection has received it.
    tickets = file(base, 3)
    second = admin.call("GET", "/notifications", 200)[-2]["id"]
    admin.call("PATCH", f"/notifications/{second}", 200, {"read": True})
    phone = Listener(base, admin, way)
    check(phone.receive_created(2), [tickets[0], tickets[2]], replayed=True)
    phone.expect_silence()
    phone.leave()


def acknowledgements():
    """If a client acknowledges, only that proves delivery. python-socketio acknowledges every event with an id."""
    admin = REST(base, "admin@example.com")
    tickets = file(base, 30)
    listener = Listener(base, admin, way, silent=True, acknowledgements=True)
    check(listener.receive_created(30), tickets, replayed=True)
    # Allow time for a ping and its pong.
    time.sleep(0.5)
    listener.leave()
    listener = Listener(base, admin, way, acknowledgements=True)
    check(listener.receive_created(30), tickets, replayed=True)
    tickets = one_live(listener)
    # Allow time for the acknowledgements; no pong is needed.
    time.sleep(0.5)
    listener.leave()
    listener = Listener(base, admin, way)
    listener.expect_silence()
    listener.leave()


def order():
    """A client that asks for it receives urgent tickets first; an unknown order means the ordinary one."""
    admin = REST(base, "admin@example.com")
    tickets = file(base, 120)
    listener = Listener(base, admin, way, silent=True, acknowledgements=True, order="unknown")
    listener.receive("notifications:digest")
    # At most 50 events are outstanding without an acknowledgement.
    check(listener.receive_created(50), tickets[:50], replayed=True)
    listener.leave()
    listener = Listener(base, admin, way, order="priority")
    digest = listener.receive("notifications:digest")
    replayed = listener.receive_created(120)
    check_digest(digest, replayed)
    same([each["priority"] for each in replayed],
         [word for word in reversed(PRIORITIES) for _ in range(30)], "priorities")
    for place, word in enumerate(reversed(PRIORITIES)):
        wanted = [each for each in tickets if each["priority"] == word]
        check(replayed[place * 30:place * 30 + 30], wanted, replayed=True)
    one_live(listener)
    listener.settle()
    listener.leave()
    listener = Listener(base, admin, way)
    listener.expect_silence()
    listener.leave()


def kill_in_the_middle(order):
    """Kills a client during the replay of a thousand tickets; returns the tickets and the numbers that it received."""
    tickets = file(base, 1000)
    token = REST(base, "admin@example.com").token
    arguments = [sys.executable, __file__, base, way, "victim", token, order]
    victim = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    lines = [victim.stdout.readline() for _ in range(300)]
    victim.send_signal(signal.SIGKILL)
    lines += victim.stdout.readlines()
    same(victim.wait(), -signal.SIGKILL, "end of the victim")
    had = [int(line) for line in lines if line.endswith("\n")]
    same(len(had) < 1000, True, "whether the replay was still running")
    return tickets, had


def killed():
    """A client killed during a replay misses nothing: it receives the rest when it comes back."""
    tickets, had = kill_in_the_middle("oldest")
    numbers = [each["support_id"] for each in tickets]
    same(had, numbers[:len(had)], "tickets of the victim")
    listener = Listener(base, REST(base, "admin@example.com"), way)
    digest = listener.receive("notifications:digest")
    rest = numbers[-digest["count"]:]
    same(rest[0] <= had[-1] + 1, True, f"whether {rest[0]} leaves no hole after {had[-1]}")
    replayed = listener.receive_created(len(rest))
    check(replayed, tickets[-len(rest):], replayed=True)
    check_digest(digest, replayed)
    one_live(listener)
    listener.leave()


def killed_priority():
    """The same with urgent tickets first: the events before and after the kill are all of them."""
    tickets, had = kill_in_the_middle("priority")
    same(len(had), len(set(had)), "number of different tickets")
    listener = Listener(base, REST(base, "admin@example.com"), way)
    digest = listener.receive("notifications:digest")
    replayed = listener.receive_created(digest["count"])
    got = {each["data"]["support_id"] for each in replayed}
    check(replayed, [each for each in tickets if each["support_id"] in got], replayed=True)
    check_digest(digest, replayed)
    same(sorted(got | set(had)), [each["support_id"] for each in tickets], "all tickets")
    one_live(listener)
    listener.leave()


class Token:
    def __init__(self, token):
        self.token = token


def victim():
    """Prints the numbers of the tickets that it receives, slowly, until it is killed."""

    def say(event, payload):
        if event == "support:ticket:created":
            os.write(1, f"{payload['data']['support_id']}\n".encode())

    Listener(base, Token(sys.argv[4]), way, pause=0.002, on_event=say, order=sys.argv[5])
    time.sleep(60)


def recovery():
    """Does by hand what the official client does for connection state recovery."""
    admin = REST(base, "admin@example.com")
    tickets = file(base, 20)
    listener = Listener(base, admin, way, recovery=True)
    answer = listener.client.connect_answer
    same(sorted(answer), ["pid", "sid"], "members of the CONNECT answer")
    replayed = listener.receive_created(20)
    check(replayed, tickets, replayed=True)
    same(listener.offsets, [each["id"] + ".2" for each in replayed], "offsets")
    listener.lose()

    # Its offset says that it received only twelve of them.
    recovered = Listener(base, admin, way, recovery=True, pid=answer["pid"], offset=listener.offsets[11])
    same(recovered.client.connect_answer, answer, "CONNECT answer")
    check(recovered.receive_created(8), tickets[12:], replayed=True)
    one_live(recovered)
    offset = recovered.offsets[-1]
    recovered.lose()
    missed = file(base, 5)
    recovered = Listener(base, admin, way, recovery=True, pid=answer["pid"], offset=offset)
    same(recovered.client.connect_answer, answer, "CONNECT answer")
    check(recovered.receive_created(5), missed, replayed=True)
    recovered.settle()
    recovered.lose()

    # Another user's pid, or an invented one, starts a new session.
    staff = REST(base, "staff@example.com")
    for user, pid in ((staff, answer["pid"]), (admin, "nobody's")):
        fresh = Listener(base, user, way, recovery=True, pid=pid, offset=offset)
        same(sorted(fresh.client.connect_answer), ["pid", "sid"], "members of the CONNECT answer")
        same(fresh.client.connect_answer["pid"] not in (pid, answer["pid"]), True, "a new pid")
        same(fresh.client.connect_answer["sid"] != answer["sid"], True, "a new sid")
        fresh.leave()
    plain = Listener(base, admin, way)
    same(sorted(plain.client.connect_answer), ["sid"], "members of the CONNECT answer")
    plain.expect_silence()
    plain.leave()


def recovery_without_offset():
    """A pid without an offset means that the connection brought nothing, so it resumes from where it began."""
    admin = REST(base, "admin@example.com")
    tickets = file(base, 20)
    listener = Listener(base, admin, way, recovery=True)
    answer = listener.client.connect_answer
    check(listener.receive_created(20), tickets, replayed=True)
    listener.settle()
    listener.lose()
    missed = file(base, 2)
    recovered = Listener(base, admin, way, recovery=True, pid=answer["pid"])
    same(recovered.client.connect_answer, answer, "CONNECT answer")
    check(recovered.receive_created(22), tickets + missed, replayed=True)
    recovered.expect_silence()
    recovered.lose()


{"missed": missed, "driver": driver, "phone": phone, "acknowledgements": acknowledgements, "order": order,
 "killed": killed, "killed_priority": killed_priority, "victim": victim, "recovery": recovery,
 "recovery_without_offset": recovery_without_offset}[scenario]()
print("all steps done")
