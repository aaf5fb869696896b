"""Shared by the scripts: a REST client, and the eight steps with their payloads from the wire contract."""

import queue
import re
import sys

import requests

NAMESPACE = "/notifications"
EVENTS = ["connected", "error", "support:ticket:created", "support:ticket:updated", "support:ticket:resolved",
          "support:ticket:deleted", "support:ticket:commented", "notifications:digest", "notifications:gap",
          "notifications:changed"]
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def same(found, wanted, what):
    """Ends the script unless both values are the same."""
    if found != wanted:
        sys.exit(f"{what}: found {found!r}, wanted {wanted!r}")


class REST:
    """A logged-in user."""

    def __init__(self, base, email):
        self.base = base
        self.session = requests.Session()
        answer = self.session.post(f"{base}/api/v1/auth/login", json={"email": email, "password": "station-demo"})
        same(answer.status_code, 200, "login")
        self.token = answer.json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def call(self, method, path, status, body=None):
        answer = self.session.request(method, f"{self.base}/api/v1{path}", json=body)
        same(answer.status_code, status, f"{method} {path}")
        return answer.json()


class Inbox:
    """The events of one client, in order."""

    def __init__(self):
        self.events = queue.Queue()

    def put(self, name, payload):
        self.events.put((name, payload))

    def receive(self, wanted):
        name, payload = self.events.get(timeout=15)
        same(name, wanted, "event")
        return payload


def notification(payload, kind, title, message, priority):
    same(sorted(payload), ["data", "id", "message", "priority", "timestamp", "title", "type"], "members")
    same(payload["type"], f"support_ticket_{kind}", "type")
    same(payload["title"], title, "title")
    same(payload["message"], message, "message")
    same(payload["priority"], priority, "priority")
    same(bool(TIME.match(payload["timestamp"])), True, "timestamp")
    return payload["data"]


def steps(driver, admin, driver_inbox, admin_inbox):
    """Runs steps 2 to 8 as a generator, which yields wherever events need time to arrive."""
    ticket = driver.call("POST", "/support", 201, {
        "user_id": 1, "description": "Battery not charging", "station_id": 1, "type": "battery_issue"})
    number = ticket["support_id"]
    yield
    data = notification(admin_inbox.receive("support:ticket:created"), "created", "New Support Ticket",
                        "User john_driver created a new support ticket", "high")
    same(data, {
        "support_id": number, "user_id": 1, "username": "john_driver", "description": "Battery not charging",
        "status": "open", "station_id": 1, "station_name": ticket["station"]["name"],
        "created_at": ticket["created_at"]}, "data of created")

    for author, hearer in ((admin, driver_inbox), (driver, admin_inbox)):
        comment = author.call("POST", f"/support/{number}/comments", 201, {"body": "Which locker?"})
        yield
        payload = hearer.receive("support:ticket:commented")
        same((payload["type"], payload["data"]["comment"]), ("support_ticket_commented", "Which locker?"), "commented")
        same(payload["data"]["support_id"], comment["support_id"], "ticket of the comment")

    changed = admin.call("PATCH", f"/support/{number}", 200, {"status": "in_progress", "response": "On our way"})
    yield
    data = notification(driver_inbox.receive("support:ticket:updated"), "updated", "Support Ticket Updated",
                        "Your support ticket has been updated", "medium")
    same((data["status"], data["response"], data["updated_at"]),
         ("in_progress", "On our way", changed["updated_at"]), "data of updated")

    admin.call("PATCH", f"/support/{number}/status", 200, {"status": "closed"})
    yield
    notification(driver_inbox.receive("support:ticket:resolved"), "resolved", "Support Ticket Resolved",
                 "Your support ticket has been resolved", "low")

    same(driver.call("PATCH", f"/support/{number}/rating", 200, {"rating": 5})["rating"], 5, "rating")
    yield
    driver_inbox.receive("support:ticket:updated")

    admin.call("DELETE", f"/support/{number}", 200)
    yield
    data = notification(driver_inbox.receive("support:ticket:deleted"), "deleted", "Support Ticket Deleted",
                        f"Your support ticket #{number} has been deleted", "low")
    same(data, {"support_id": number}, "data of deleted")
    same(admin.call("GET", "/support/statistics", 200)["total"], 0, "total")
