"""A stock python-socketio client that records events in the order of their arrival."""

import threading
import time

import engineio
import socketio

from expect import EVENTS, NAMESPACE, same

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}


class OrderedEngine(engineio.Client):
    """Handles each message before it reads the next; the stock engine's thread per message loses the order."""

    on_pong = None

    def _trigger_event(self, event, *arguments, **options):
        options.pop("run_async", None)
        return super()._trigger_event(event, *arguments, **options)

    def _send_packet(self, packet):
        super()._send_packet(packet)
        if packet.packet_type == engineio.packet.PONG and self.on_pong:
            self.on_pong()


class OrderedClient(socketio.Client):
    """Keeps the payload of the CONNECT answer, and acknowledges nothing if it is silent."""

    connect_answer = None
    is_silent = False

    def _engineio_client_class(self):
        return OrderedEngine

    def _handle_connect(self, namespace, data):
        self.connect_answer = data
        super()._handle_connect(namespace, data)

    def _send_packet(self, packet):
        if not (self.is_silent and packet.packet_type == socketio.packet.ACK):
            super()._send_packet(packet)


class Listener:
    """One connection of a user. Events must have one argument, and an offset only if the client asks for offsets."""

    def __init__(self, base, user, way, pause=0, silent=False, on_event=None, **auth):
        self.client = OrderedClient(reconnection=False)
        self.client.is_silent = silent
        self.client.eio.on_pong = self._ponged
        self.has_offsets = auth.get("recovery", False)
        self.pause = pause
        self.on_event = on_event
        self.events = []
        self.offsets = []
        self.faults = []
        self.is_proven = True
        self.changed = threading.Condition()
        for event in EVENTS:
            self.client.on(event, lambda *arguments, event=event: self._came(event, arguments), namespace=NAMESPACE)
        self.client.connect(
            base, auth={"token": user.token, **auth}, namespaces=[NAMESPACE], transports=TRANSPORTS[way],
            wait_timeout=15)
        same(self.client.transport(), "polling" if way == "polling" else "websocket", "transport")
        self.receive("connected")

    def _came(self, event, arguments):
        with self.changed:
            is_kept = event.startswith("support:") or event == "notifications:gap"
            if len(arguments) != (2 if self.has_offsets and is_kept else 1):
                self.faults.append(f"{event} has {len(arguments)} arguments: {arguments!r}")
            if len(arguments) == 2:
                self.offsets.append(arguments[1])
            if event.startswith("support:"):
                self.is_proven = False
            self.events.append((event, arguments[0]))
            self.changed.notify_all()
        if self.on_event:
            self.on_event(event, arguments[0])
        time.sleep(self.pause)

    def _ponged(self):
        with self.changed:
            self.is_proven = True
            self.changed.notify_all()

    def _until(self, what, condition, seconds):
        with self.changed:
            same(bool(self.changed.wait_for(condition, timeout=seconds)), True, what)

    def receive(self, wanted):
        """Waits for the next event, which must be the wanted one, and returns its payload."""
        self._until(f"an event, wanted {wanted},", lambda: self.events, 15)
        event, payload = self.events.pop(0)
        same(event, wanted, "event")
        same(self.faults, [], "faults")
        return payload

    def receive_created(self, count):
        self._until(f"{count} events", lambda: len(self.events) >= count, 60)
        return [self.receive("support:ticket:created") for _ in range(count)]

    def settle(self):
        """Waits until a ping after the last notification was answered and the station has the answer.

        This ping comes much earlier than the ordinary one after 25 seconds.
        """
        self._until("an early ping", lambda: self.is_proven, 8)
        time.sleep(0.2)

    def expect_silence(self, seconds=0.5):
        time.sleep(seconds)
        same(self.events, [], "further events")
        same(self.faults, [], "faults")

    def call(self, event, payload):
        return self.client.call(event, payload, namespace=NAMESPACE, timeout=15)

    def lose(self):
        """Breaks the connection, as a network failure would."""
        self.client.eio.disconnect(abort=True)
        same(self.faults, [], "faults")

    def leave(self):
        self.client.disconnect()
        same(self.faults, [], "faults")
