"""Files many tickets and checks their notifications."""

import threading

from expect import REST, TIME, same

PRIORITIES = ["low", "medium", "high", "urgent"]
drivers = []


def file(base, count):
    """Files tickets, up to four at a time, and returns them in the order of their numbers."""
    tickets = []
    width = min(4, count)
    while len(drivers) < width:
        drivers.append(REST(base, "driver@example.com"))

    def work(first):
        for number in range(first, count, width):
            tickets.append(drivers[first].call("POST", "/support", 201, {
                "user_id": 1, "station_id": 1, "type": "battery_issue", "priority": PRIORITIES[number % 4],
                "description": f"No. {number}: “säule” \"3\"\n\\ 🔋 {'x' * (number % 300)}"}))

    threads = [threading.Thread(target=work, args=[first]) for first in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(len(tickets), count, "tickets filed")
    return sorted(tickets, key=lambda ticket: ticket["support_id"])


def sequence(notification):
    return int(notification["id"].rpartition("-")[2])


def check(notifications, tickets, replayed):
    """Checks that the notifications match the tickets one to one, in order and in every member."""
    same([each["data"]["support_id"] for each in notifications], [each["support_id"] for each in tickets], "order")
    numbers = [sequence(each) for each in notifications]
    same(numbers, sorted(set(numbers)), "order of ids")
    for notification, ticket in zip(notifications, tickets):
        same(notification, {
            "id": notification["id"], "type": "support_ticket_created", "title": "New Support Ticket",
            "message": "User john_driver created a new support ticket", "priority": ticket["priority"],
            "timestamp": notification["timestamp"],
            "data": {
                "support_id": ticket["support_id"], "user_id": 1, "username": "john_driver",
                "description": ticket["description"], "status": "open", "station_id": 1,
                "station_name": ticket["station"]["name"], "created_at": ticket["created_at"]},
            **({"replayed": True} if replayed else {})}, "notification")
        same(bool(TIME.match(notification["timestamp"])), True, "timestamp")


def check_digest(digest, notifications):
    """Checks that the digest sums up the notifications that follow it."""
    kinds = ["created", "updated", "resolved", "deleted"]
    times = sorted(each["timestamp"] for each in notifications)
    same(digest, {
        "count": len(notifications),
        "by_type": {f"support_ticket_{kind}": sum(each["type"] == f"support_ticket_{kind}" for each in notifications)
                    for kind in kinds},
        "by_priority": {word: sum(each["priority"] == word for each in notifications) for word in PRIORITIES},
        "oldest": times[0], "newest": times[-1]}, "digest")
