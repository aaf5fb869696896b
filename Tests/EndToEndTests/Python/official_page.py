"""A page with the official Socket.IO client in Chromium, and an interface to its sockets for the scripts."""

import contextlib
import functools
import http.server
import pathlib
import threading

from browser import chromium
from expect import NAMESPACE, same

TRANSPORTS = {"polling": {"transports": ["polling"]}, "websocket": {"transports": ["websocket"]}, "default": {}}
PAGE = pathlib.Path(__file__).with_name("official.html")


class Files(http.server.BaseHTTPRequestHandler):
    """Serves the page and the client from an origin other than the station's."""

    def __init__(self, client, *arguments):
        self.files = {"/": (PAGE, "text/html"), "/socket.io.min.js": (client, "text/javascript")}
        super().__init__(*arguments)

    def do_GET(self):
        path, kind = self.files[self.path]
        content = pathlib.Path(path).read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def page(client):
    """Opens the page in a browser; `client` is the file with the official client."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, client))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with chromium("800,600") as [browser]:
        browser.open(f"http://127.0.0.1:{server.server_port}/")
        same(browser.run("return typeof io"), "function", "the official client")
        yield browser
    server.shutdown()


class Listener:
    """One socket of the page. `receive` returns its noted events in order, and checks that each has the arguments that
    applications expect."""

    def __init__(self, browser, name, base, way, token, namespace=NAMESPACE, options={}, **auth):
        self.browser, self.name, self.way, self.base = browser, name, way, base
        self.has_offsets = auth.get("recovery", False)
        self.has_callbacks = auth.get("acknowledgements", False)
        self.log, self.place = [], 0
        if token is not None:
            auth["token"] = token
        browser.run("listen(...arguments)", name, base + namespace, {**TRANSPORTS[way], **options}, auth)

    def run(self, script, *arguments):
        return self.browser.run(f"const client = clients[arguments[0]]; {script}", self.name, *arguments)

    def wait(self, what, condition, seconds=15):
        """Waits until the JavaScript expression is true."""
        if not self.run(f"return client.until(() => {condition}, arguments[1])", seconds * 1000):
            raise SystemExit(f"{self.name} timed out waiting for {what}; it has noted {self.noted()!r}")

    def noted(self):
        """Returns the noted events that have not been received yet."""
        self.log += self.run("return client.log.slice(arguments[1])", len(self.log))
        return self.log[self.place:]

    def wait_for(self, count, what):
        """Waits until `count` noted events have not been received yet."""
        if len(self.log) < self.place + count:
            self.wait(what, f"client.log.length >= {self.place + count}")
            self.noted()

    def next_event(self):
        self.wait_for(1, "the next event")
        return self.log[self.place][0]

    def receive(self, wanted):
        """Waits for the next event, which must be the wanted one, and returns its payload."""
        self.wait_for(1, wanted)
        event, values = self.log[self.place]
        self.place += 1
        same(event, wanted, f"event of {self.name}")
        if event == "connect":
            return values
        payload, *others = values
        if event == "connected":
            self.user = payload["userId"]
        expected = []
        if event.startswith("support:"):
            expected += [f"{payload['id']}.{self.user}"] if self.has_offsets else []
            expected += ["callback"] if self.has_callbacks else []
        same(others, expected, f"further arguments of {event}")
        return payload

    def receive_created(self, count):
        self.wait_for(count, f"{count} events")
        return [self.receive("support:ticket:created") for _ in range(count)]

    def greeted(self, recovered=False):
        """Waits until the socket is connected and greeted, and returns its id. `recovered` must be as given."""
        name, has_recovered = self.receive("connect")
        same(has_recovered, recovered, "recovered")
        same(sorted(self.receive("connected")), ["message", "role", "userId"], "greeting")
        self.wait("its transport", f"client.transport === '{'polling' if self.way == 'polling' else 'websocket'}'")
        return name

    def call(self, event, payload):
        return self.run("return client.socket.timeout(10000).emitWithAck(arguments[1], arguments[2])", event, payload)

    def settle(self):
        """Waits until the station knows that all events so far have arrived."""
        if not self.has_callbacks:
            self.wait("an early ping", "client.isProven")
        # The answer to this call proves that everything the client sent before it has arrived.
        self.call("notifications:list", {"limit": 1})

    def expect_nothing_more(self):
        self.call("notifications:list", {"limit": 1})
        same(self.noted(), [], "further events")

    @contextlib.contextmanager
    def away(self, cut, reason):
        """Cuts the connection and keeps the client out of the namespace until the end of the block."""
        self.run("client.closeGate()")
        self.run("client.cut(arguments[1])", cut)
        same(self.receive("disconnect"), reason, "reason")
        yield
        self.run("client.openGate()")

    def leave(self):
        self.run("client.socket.disconnect()")
        same(self.receive("disconnect"), "io client disconnect", "reason")

    def come_back(self):
        self.run("client.socket.connect()")
        return self.greeted()
