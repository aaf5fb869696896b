"""A stock client that listens, and reconnects whenever its connection ends.

    steadfast.py BASE TOKEN polling|websocket|upgrade

It may be stopped and continued at any moment. It prints one JSON array per line: ["began", nanos],
["connected", nanos] or ["event", nanos, name, payload].
"""

import asyncio
import json
import os
import sys
import time

import socketio

from expect import EVENTS, NAMESPACE

base, token, way = sys.argv[1:]
transports = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}[way]


def note(*items):
    os.write(1, (json.dumps(items) + "\n").encode())


async def listen():
    client = socketio.AsyncClient(reconnection=False)
    # The handlers are coroutines, so that they run in the order of the events.
    async def connected(payload):
        note("connected", time.monotonic_ns())

    client.on("connected", connected, namespace=NAMESPACE)
    for event in [*EVENTS, "notifications:digest", "notifications:gap"]:
        if event == "connected":
            continue

        async def heard(payload, event=event):
            note("event", time.monotonic_ns(), event, payload)

        client.on(event, heard, namespace=NAMESPACE)
    note("began", time.monotonic_ns())
    await client.connect(base, auth={"token": token}, namespaces=[NAMESPACE], transports=transports, wait_timeout=3)
    # This returns when the connection ends; the client's own wait() would need a second more.
    await client.eio.wait()


async def main():
    while True:
        try:
            await listen()
        except socketio.exceptions.ConnectionError:
            pass
        await asyncio.sleep(0.005)


asyncio.run(main())
