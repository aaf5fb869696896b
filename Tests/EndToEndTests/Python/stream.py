"""Reads a whole NATS stream, publishes to it or purges it, with the stock client.

    stream.py nats://127.0.0.1:4222 read STREAM SUBJECT
        prints a line for each message: its subject, Nats-Msg-Id and payload
    stream.py nats://127.0.0.1:4222 publish SUBJECT JSON
        prints the sequence number of the stored message
    stream.py nats://127.0.0.1:4222 purge STREAM
        removes all messages
"""

import asyncio
import json
import sys

import nats


async def read(url, stream, subject):
    client = await nats.connect(url)
    context = client.jetstream()
    info = await context.stream_info(stream)
    subscription = await context.subscribe(subject, stream=stream, ordered_consumer=True)
    last = 0
    while last < info.state.last_seq:
        try:
            message = await subscription.next_msg(timeout=1)
        except nats.errors.TimeoutError:
            break
        last = message.metadata.sequence.stream
        line = {
            "subject": message.subject,
            "id": (message.headers or {}).get("Nats-Msg-Id"),
            "event": json.loads(message.data),
        }
        print(json.dumps(line))
    await client.close()


async def publish(url, subject, text):
    client = await nats.connect(url)
    acknowledgement = await client.jetstream().publish(subject, text.encode())
    print(acknowledgement.seq)
    await client.close()


async def purge(url, stream):
    client = await nats.connect(url)
    await client.jetstream().purge_stream(stream)
    await client.close()


url, what, *rest = sys.argv[1:]
asyncio.run({"read": read, "publish": publish, "purge": purge}[what](url, *rest))
