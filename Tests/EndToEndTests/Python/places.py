"""Where stock Python clients put their token, and how they wait for a place: places.py BASE polling|websocket|upgrade

The station must allow one socket of each user.
"""

import sys

import socketio
import websocket

from expect import EVENTS, NAMESPACE, Inbox, REST, same

base, way = sys.argv[1:]
transports = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}[way]


def listen(inbox, url=base, **options):
    client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.5)
    for event in [*EVENTS, "connected", "error"]:
        client.on(event, lambda payload, event=event: inbox.put(event, payload), namespace=NAMESPACE)
    client.on("disconnect", lambda *reason: inbox.put("disconnect", None), namespace=NAMESPACE)
    client.connect(url, namespaces=[NAMESPACE], transports=transports, wait_timeout=15, **options)
    return client


def connected(inbox):
    """Waits for a place. The socket before may not be gone yet."""
    while True:
        event, payload = inbox.events.get(timeout=20)
        if event == "connected":
            return payload


driver, admin = REST(base, "driver@example.com"), REST(base, "admin@example.com")
for url, options in ((f"{base}/?token={driver.token}", {}),
                     (base, {"headers": {"Authorization": f"bearer {driver.token}"}}),
                     (base, {"auth": {"token": f"Bearer {driver.token}"}})):
    inbox = Inbox()
    client = listen(inbox, url, **options)
    same(connected(inbox)["userId"], 1, "user")
    client.disconnect()

desk_inbox, phone_inbox = Inbox(), Inbox()
desk = listen(desk_inbox, auth={"token": admin.token})
connected(desk_inbox)
phone = listen(phone_inbox, auth={"token": admin.token})
refusal = phone_inbox.receive("error")
same((sorted(refusal), refusal["message"]), (["message", "reason"], "Too many sockets"), "error")
phone_inbox.receive("disconnect")
desk.disconnect()
connected(phone_inbox)
driver.call("POST", "/support", 201, {"user_id": 1, "description": "Locker 4 is stuck"})
phone_inbox.receive("support:ticket:created")
phone.disconnect()

plain = websocket.create_connection(
    base.replace("http", "ws") + "/notifications", header=[f"Authorization: bearer {driver.token}"], timeout=15)
same("Successfully connected" in plain.recv(), True, "greeting")
for text in ("ping", "", '{"type":"ping"}', '{"event":"ping"}'):
    plain.send(text)
same(plain.recv(), '{"event":"pong"}', "answer")
plain.close()
print("all steps done")
