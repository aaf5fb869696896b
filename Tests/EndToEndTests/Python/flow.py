"""Runs the eight steps with python-socketio's Client: flow.py BASE polling|websocket|upgrade"""

import sys

import socketio

from expect import EVENTS, NAMESPACE, Inbox, REST, same, steps

base, way = sys.argv[1:]
transports = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}[way]


def listen(token):
    client = socketio.Client(reconnection=False)
    inbox = Inbox()
    for event in EVENTS:
        # Like an application's handler, this one has a single parameter.
        client.on(event, lambda payload, event=event: inbox.put(event, payload), namespace=NAMESPACE)
    client.on("disconnect", lambda *reason: inbox.put("disconnect", None), namespace=NAMESPACE)
    client.connect(base, auth={"token": token}, namespaces=[NAMESPACE], transports=transports, wait_timeout=15)
    return client, inbox


driver, admin = REST(base, "driver@example.com"), REST(base, "admin@example.com")
driver_client, driver_inbox = listen(driver.token)
admin_client, admin_inbox = listen(admin.token)
same(driver_client.transport(), "polling" if way == "polling" else "websocket", "transport")
same(driver_inbox.receive("connected"),
     {"message": "Successfully connected", "userId": 1, "role": "driver"}, "greeting")
same(admin_inbox.receive("connected"),
     {"message": "Successfully connected", "userId": 2, "role": "admin"}, "greeting")
for _ in steps(driver, admin, driver_inbox, admin_inbox):
    pass
same((driver_inbox.events.qsize(), admin_inbox.events.qsize()), (0, 0), "further events")

stranger, inbox = listen("not-a-token")
refusal = inbox.receive("error")
same(refusal["message"], "Authentication required", "message of error")
same(bool(refusal["reason"]), True, "reason of error")
inbox.receive("disconnect")
for client in (driver_client, admin_client, stranger):
    client.disconnect()
print("all steps done")
