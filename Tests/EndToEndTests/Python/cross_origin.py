"""Tests what a page of another origin may do in Chromium, with WebDriver and only the standard library:
cross_origin.py BASE"""

import http.server
import json
import sys
import threading

from browser import chromium

base = sys.argv[1]


class Page(http.server.BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *arguments):
        pass


ASK = """
const [url, options] = arguments
return fetch(url, options).then(
  async (answer) => ({ status: answer.status, body: await answer.json().catch(() => null),
    coding: answer.headers.get('Accept-Encoding') }),
  (error) => ({ error: String(error) }))
"""

# Any page's browser sends these without asking the server first, whatever the server allows.
ATTACK = """
const text = JSON.stringify({ email: 'driver@example.com', password: 'wrong' })
const bodies = [text, new Blob([text]), new Blob([text], { type: 'text/plain' }), new URLSearchParams(text),
  new TextEncoder().encode(text)]
return Promise.all(bodies.map((body) =>
  fetch(arguments[0], { method: 'POST', mode: 'no-cors', body }).then((answer) => answer.type)))
"""

GZIP = """
const [url, token, text] = arguments
const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
return new Response(stream).blob().then((body) => fetch(url, { method: 'POST', body, headers: {
  'Authorization': 'Bearer ' + token, 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' } }))
  .then(async (answer) => ({ status: answer.status, body: await answer.json() }), (error) => ({ error: String(error) }))
"""


def same(found, wanted, what):
    assert found == wanted, f"{what}: {found!r} instead of {wanted!r}"


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()

with chromium("800,600") as browsers:
    page = browsers[0]
    page.open(f"http://127.0.0.1:{server.server_port}/")
    same(page.run(ATTACK, base + "/api/v1/auth/login"), ["opaque"] * 5, "requests that a page sends unasked")

    def log_in(members):
        fields = {"Content-Type": "application/json"}
        options = {"method": "POST", "headers": fields, "body": json.dumps(members)}
        answer = page.run(ASK, base + "/api/v1/auth/login", options)
        same(answer.get("status"), 200, f"the login with {members}: {answer}")
        return answer["body"]["accessToken"]

    # Nobody was locked out.
    token = log_in({"email": " Driver@Example.com", "password": "station-demo"})
    log_in({"emailOrPhone": "driver@example.com", "password": "station-demo"})

    def ask(path, method="GET", fields=None, **options):
        headers = {"Authorization": "Bearer " + token, **(fields or {})}
        return page.run(ASK, base + path, {"method": method, "headers": headers, **options})

    same(ask("/api/v1/supports?_=1&status[]=open&status[]=closed")["status"], 200, "a list with a cache buster")
    same(ask("/api/v1/support?q=khoá%&x={}", cache="reload")["status"], 200, "a query as typed")
    long = "x" * 1_200_000
    json_fields = {"Content-Type": "application/json"}
    for status, answer in [
        (413, ask("/api/v1/support", "POST", json_fields, body=long)),
        (413, ask("/api/v1/users/1", "PATCH", json_fields, body=long[:20_000])),
        # Without a token, so without a preflight, which would be as long.
        (414, page.run(ASK, base + "/" + long[:10_000], {})),
        (431, ask("/api/v1/support", fields={"X-Long": long[:20_000]})),
        (415, ask("/api/v1/support", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, body="a=b")),
        (415, page.run(GZIP, base + "/api/v1/support", token, "{}")),
    ]:
        same(answer.get("status"), status, f"an answer that the page may read: {answer}")
        same(answer["body"]["statusCode"], status, "its body")

print("all steps done")
