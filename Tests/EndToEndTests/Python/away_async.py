"""Tests delivery of a thousand tickets filed during an absence, with python-socketio's AsyncClient.

    away_async.py BASE polling|websocket|upgrade
"""

import asyncio
import sys
import time

import socketio

from expect import EVENTS, NAMESPACE, REST, same
from filing import check, check_digest, file
from listener import TRANSPORTS

base, way = sys.argv[1:]


async def listen(user):
    client = socketio.AsyncClient(reconnection=False)
    events = []
    for event in EVENTS:
        # A handler with one parameter would fail on two arguments.
        client.on(event, lambda payload, event=event: events.append((event, payload)), namespace=NAMESPACE)
    await client.connect(
        base, auth={"token": user.token}, namespaces=[NAMESPACE], transports=TRANSPORTS[way], wait_timeout=15)
    return client, events


async def until(events, count):
    end = time.monotonic() + 60
    while len(events) < count and time.monotonic() < end:
        await asyncio.sleep(0.02)
    same(len(events), count, "events")
    same(events.pop(0)[0], "connected", "event")


async def main():
    admin = REST(base, "admin@example.com")
    tickets = await asyncio.to_thread(file, base, 1000)
    client, events = await listen(admin)
    await until(events, 1002)
    name, digest = events.pop(0)
    same(name, "notifications:digest", "event")
    same({name for name, _ in events}, {"support:ticket:created"}, "events")
    replayed = [payload for _, payload in events]
    check(replayed, tickets, replayed=True)
    check_digest(digest, replayed)
    # Allow time for the early ping and its answer.
    await asyncio.sleep(0.6)
    await client.disconnect()

    client, events = await listen(admin)
    await asyncio.sleep(0.6)
    await until(events, 1)
    tickets = await asyncio.to_thread(file, base, 1)
    events.insert(0, ("connected", None))
    await until(events, 2)
    check([events[0][1]], tickets, replayed=False)
    await client.disconnect()
    print("all steps done")


asyncio.run(main())
