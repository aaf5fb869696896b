"""Runs the eight steps with python-socketio's AsyncClient: flow_async.py BASE polling|websocket|upgrade"""

import asyncio
import sys

import socketio

from expect import EVENTS, NAMESPACE, Inbox, REST, same, steps

base, way = sys.argv[1:]
transports = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}[way]


async def listen(token):
    client = socketio.AsyncClient(reconnection=False)
    inbox = Inbox()
    for event in EVENTS:
        client.on(event, lambda payload, event=event: inbox.put(event, payload), namespace=NAMESPACE)
    await client.connect(base, auth={"token": token}, namespaces=[NAMESPACE], transports=transports, wait_timeout=15)
    return client, inbox


async def main():
    driver, admin = REST(base, "driver@example.com"), REST(base, "admin@example.com")
    driver_client, driver_inbox = await listen(driver.token)
    admin_client, admin_inbox = await listen(admin.token)
    same(driver_client.transport(), "polling" if way == "polling" else "websocket", "transport")
    done = asyncio.Event()

    def run():
        driver_inbox.receive("connected")
        admin_inbox.receive("connected")
        for _ in steps(driver, admin, driver_inbox, admin_inbox):
            pass

    # The steps block while they wait for events, so they run in a thread beside the loop that receives the events.
    await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, run), 60)
    done.set()
    await driver_client.disconnect()
    await admin_client.disconnect()
    print("all steps done")


asyncio.run(main())
