"""Runs the official Socket.IO client against the station, with each of its transports: official.py BASE CLIENT SCENARIO

CLIENT is the client's file. The caller must carry out the orders that this script prints: "station: kill",
"station: stop" and "station: start".
"""

import functools
import sys
import threading
import time

import requests

import official_page
from expect import REST, same, steps
from filing import check, file

base, client, scenario = sys.argv[1:]
CUTS = {"closed": "forced close", "offline": "transport close", "lost": "forced close", "dropped": "transport close"}


@functools.cache
def person(name):
    return REST(base, name + "@example.com")


def listen(name, user, options={}, **auth):
    return official_page.Listener(browser, name, base, way, user.token, options=options, **auth)


def one_live(*listeners):
    """Files a ticket, which must be the next event of each listener."""
    tickets = file(base, 1)
    for each in listeners:
        check(each.receive_created(1), tickets, replayed=False)
    return tickets


def is_up():
    try:
        return requests.get(base + "/healthz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def until(what, is_so):
    end = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > end:
            sys.exit("timed out waiting for " + what)
        time.sleep(0.01)


def station(order):
    print("station: " + order, flush=True)
    until(f"the station after “{order}”", lambda: is_up() == (order == "start"))


def all_tickets(admin):
    return sorted(admin.call("GET", "/support", 200), key=lambda ticket: ticket["support_id"])


def expect_once(listener, tickets, name):
    """Each ticket must arrive once and in order, on the same socket, however often the connection is lost."""
    came = []
    while len(came) < len(tickets) or not listener.run("return client.isCalm") or listener.noted():
        if listener.next_event() == "disconnect":
            listener.receive("disconnect")
            same(listener.greeted(recovered=True), name, "id")
        else:
            came.append(listener.receive("support:ticket:created"))
    same([each["data"]["support_id"] for each in came], [each["support_id"] for each in tickets], "tickets")


def live():
    """Events arrive at once, with one argument; reading in one place shows in the other."""
    driver, admin = person("driver"), person("admin")
    rider, desk = listen("rider", driver), listen("desk", admin)
    rider.greeted()
    desk.greeted()
    for _ in steps(driver, admin, rider, desk):
        pass

    # Tickets are filed while another device connects and upgrades its transport.
    desk.settle()
    phone = listen("phone", admin)
    tickets = file(base, 30)
    phone.greeted()
    check(desk.receive_created(30), tickets, replayed=False)
    # The phone does not receive the first of them if the desk proved their delivery before the phone connected.
    last = tickets[-1]["support_id"]
    phone.wait("the last ticket", f"client.log.some(([, [payload]]) => payload.data?.support_id === {last})")
    came = phone.receive_created(len(phone.noted()))
    tickets = tickets[-len(came):]
    before = sum("replayed" in each for each in came)
    check(came[:before], tickets[:before], replayed=True)
    check(came[before:], tickets[before:], replayed=False)

    listed = desk.call("notifications:list", {"unread": True})
    same(listed, admin.call("GET", "/notifications?unread=true", 200), "list")
    last = listed[-1]["id"]
    same(desk.call("notifications:read", {"ids": [last]}), {"unread": 31}, "acknowledgement")
    same(phone.receive("notifications:changed"), {"unread": 31}, "changed")
    same(phone.call("notifications:read", {"through": last}), {"unread": 0}, "acknowledgement")
    same(desk.receive("notifications:changed"), {"unread": 0}, "changed")
    one_live(desk, phone)

    # Another namespace connects and disconnects on the same connection.
    desk.run("""
        const other = client.socket.io.socket("/");
        return new Promise((done) => other.on("connect", () => done(other.disconnect().connected)))""")
    one_live(desk, phone)
    for each in (desk, phone, rider):
        each.expect_nothing_more()


def away():
    """Missed events arrive once and in order, whether the same socket comes back or another one."""
    admin = person("admin")
    desk = listen("desk", admin)
    desk.greeted()
    one_live(desk)
    for count in (7, 110, 0):
        desk.settle()
        desk.leave()
        tickets = file(base, count) if count else []
        if count == 110:
            desk = listen("desk", admin)
            desk.greeted()
            same(desk.receive("notifications:digest")["count"], count, "count of the digest")
        else:
            desk.come_back()
        check(desk.receive_created(count), tickets, replayed=True)
        one_live(desk)
    for cut, reason in CUTS.items():
        desk.settle()
        with desk.away(cut, reason):
            tickets = file(base, 3)
        desk.greeted()
        check(desk.receive_created(3), tickets, replayed=True)
        one_live(desk)
    desk.expect_nothing_more()


def recovery():
    """However the connection is lost, the same socket resumes, and no event is missing or repeated."""
    admin = person("admin")
    desk = listen("desk", admin, {"retries": 3, "ackTimeout": 2000}, recovery=True)
    name = desk.greeted()
    for cut, reason in CUTS.items():
        one_live(desk)
        with desk.away(cut, reason):
            tickets = file(base, 3)
        same(desk.greeted(recovered=True), name, "id after " + cut)
        check(desk.receive_created(3), tickets, replayed=True)
    one_live(desk)

    # File tickets during the replay of missed ones, and lose the connection in the middle of it several times.
    with desk.away("lost", "forced close"):
        tickets = file(base, 60)
        desk.run("client.cutAfter([10, 50, 65, 80])")
    same(desk.greeted(recovered=True), name, "id")
    expect_once(desk, tickets + file(base, 40), name)
    one_live(desk)
    same(desk.run("return client.cuts"), [], "cuts still to be made")

    # The client repeats what was lost with the connection.
    desk.run("client.cut('lost')")
    same(desk.call("notifications:read", {"ids": []})["unread"] > 0, True, "acknowledgement")
    desk.receive("disconnect")
    same(desk.greeted(recovered=True), name, "id")
    desk.expect_nothing_more()


def quiet():
    """A socket that has received no event resumes where it began, whatever another one received in the meantime."""
    admin = person("admin")
    desk, phone = listen("desk", admin, recovery=True), listen("phone", admin)
    name = desk.greeted()
    phone.greeted()
    with desk.away("lost", "forced close"):
        tickets = file(base, 3)
        check(phone.receive_created(3), tickets, replayed=False)
        phone.settle()
    same(desk.greeted(recovered=True), name, "id")
    check(desk.receive_created(3), tickets, replayed=True)

    # The same with an offset.
    with desk.away("lost", "forced close"):
        tickets = one_live(phone)
        phone.settle()
    same(desk.greeted(recovered=True), name, "id")
    check(desk.receive_created(1), tickets, replayed=True)
    one_live(desk, phone)
    for each in (desk, phone):
        each.expect_nothing_more()


def killed():
    """If the station is killed while tickets are filed and starts again, the clients come back by themselves."""
    admin, staff = person("admin"), person("staff")
    desk, phone = listen("desk", admin, recovery=True), listen("phone", staff)
    name = desk.greeted()
    phone.greeted()
    tickets = one_live(desk, phone)

    def write():
        driver = REST(base, "driver@example.com")
        try:
            for _ in range(60):
                driver.call("POST", "/support", 201, {"user_id": 1, "station_id": 1, "description": "More"})
        except requests.RequestException:
            pass

    writer = threading.Thread(target=write)
    writer.start()
    desk.wait_for(10, "ten tickets")
    for each in (desk, phone):
        each.run("client.closeGate()")
    station("kill")
    writer.join()
    for each in (desk, phone):
        each.wait("a failure", "client.failures.length")
    station("start")
    # Some tickets may have been filed without an answer to the request.
    tickets += [each for each in all_tickets(admin) if each["support_id"] > tickets[0]["support_id"]] + file(base, 3)
    for each in (desk, phone):
        each.run("client.openGate()")
    expect_once(desk, tickets[1:], name)

    # Without connection state recovery some may arrive again, marked as replayed.
    seen = [tickets[0]["support_id"]]
    while seen[-1] < tickets[-1]["support_id"]:
        if phone.next_event() == "disconnect":
            phone.receive("disconnect")
            phone.greeted()
        payload = phone.receive("support:ticket:created")
        number = payload["data"]["support_id"]
        if number in seen:
            same(payload.get("replayed"), True, f"replayed of {number}, which came before")
        else:
            seen.append(number)
    same(seen, [each["support_id"] for each in tickets], "tickets")
    one_live(desk, phone)
    for each in (desk, phone):
        each.expect_nothing_more()


def stopped():
    """If the station is stopped and started, the client comes back by itself and sends what had to wait."""
    admin = person("admin")
    desk = listen("desk", admin)
    desk.greeted()
    one_live(desk)
    desk.settle()
    desk.run("client.closeGate()")
    station("stop")
    same(desk.receive("disconnect"), "transport error" if way == "polling" else "transport close", "reason")
    desk.run("client.failures.length = 0")
    desk.wait("a failure", "client.failures.length")
    desk.run("client.socket.emit('notifications:read', {ids: []}, (answer) => client.answers.push(answer))")
    station("start")
    tickets = file(base, 3)
    desk.run("client.openGate()")
    desk.greeted()
    check(desk.receive_created(3), tickets, replayed=True)
    desk.wait("an answer", "client.answers.length")
    same(sorted(desk.run("return client.answers.pop()")), ["unread"], "acknowledgement")
    one_live(desk)
    desk.expect_nothing_more()


def refused():
    """A refusal gives its reason, and only the right private session id resumes a session."""
    driver, admin = person("driver"), person("admin")
    reasons = []
    for name, token in (("stranger", "not-a-token"), ("nobody", None)):
        stranger = official_page.Listener(browser, name, base, way, token)
        same(stranger.receive("connect")[1], False, "recovered")
        refusal = stranger.receive("error")
        same((sorted(refusal), refusal["message"]), (["message", "reason"], "Authentication required"), "error")
        reasons.append(refusal["reason"])
        same(stranger.receive("disconnect"), "io server disconnect", "reason")
        same(stranger.run("return client.socket.active"), False, "active")
    same(all(reasons) and reasons[0] != reasons[1], True, "whether the reasons differ")
    # The same socket connects with a good token.
    stranger.run("client.auth.token = arguments[1]", driver.token)
    stranger.come_back()
    stranger.leave()

    lost = official_page.Listener(browser, "lost", base, way, admin.token, namespace="/nowhere")
    lost.wait("a failure", "client.failures.length")
    same(lost.run("return client.failures"), ["Invalid namespace"], "failures")
    lost.run("client.socket.disconnect()")

    rider, desk = listen("rider", driver, recovery=True), listen("desk", admin, recovery=True)
    rider.greeted()
    name = desk.greeted()
    pid = desk.run("return client.pids.at(-1)")
    same(isinstance(pid, str), True, "pid")
    one_live(desk)
    head, _, code = pid.rpartition(".")
    foreign = rider.run("return client.pids.at(-1)")
    for wrong in (foreign, f"{head}.{'B' if code[0] == 'A' else 'A'}{code[1:]}", pid[:-1], "", "x" * 5000, {"a": 1}):
        desk.settle()
        with desk.away("closed", "forced close"):
            tickets = file(base, 2)
            desk.run("client.rename(arguments[1])", wrong)
        fresh = desk.greeted()
        same(fresh != name and desk.run("return client.pids.at(-1)") not in (pid, wrong), True, "a new session")
        check(desk.receive_created(2), tickets, replayed=True)
        one_live(desk)
    # The new private session id works just as well.
    with desk.away("lost", "forced close"):
        tickets = file(base, 2)
    same(desk.greeted(recovered=True), fresh, "id")
    check(desk.receive_created(2), tickets, replayed=True)
    desk.expect_nothing_more()


def acknowledgements():
    """An event counts as delivered only after its listener has called back."""
    admin = person("admin")
    desk = listen("desk", admin, acknowledgements=True)
    desk.run("client.doesAcknowledge = false")
    desk.greeted()
    tickets = one_live(desk) + one_live(desk) + one_live(desk) + one_live(desk)
    for known in (0, 2, 2):
        desk.run("client.callbacks.slice(0, arguments[1]).forEach((acknowledge) => acknowledge())", known)
        desk.settle()
        desk.leave()
        desk.run("client.callbacks = []")
        desk.come_back()
        tickets = tickets[known:]
        check(desk.receive_created(len(tickets)), tickets, replayed=True)
    same(tickets, [], "tickets still to be acknowledged")

    # Many events, acknowledged as they arrive: first live, then after an absence.
    desk.run("client.doesAcknowledge = true")
    tickets = file(base, 90)
    check(desk.receive_created(90), tickets, replayed=False)
    desk.settle()
    desk.leave()
    tickets = file(base, 90)
    desk.come_back()
    check(desk.receive_created(90), tickets, replayed=True)
    desk.settle()
    desk.leave()
    desk.come_back()
    one_live(desk)
    desk.expect_nothing_more()


def proven():
    """Acknowledged events are not repeated after a resume either, although the client then sends no offset."""
    desk = listen("desk", person("admin"), acknowledgements=True, recovery=True)
    name = desk.greeted()
    for _ in range(2):
        one_live(desk)
        one_live(desk)
        desk.settle()
        with desk.away("lost", "forced close"):
            tickets = file(base, 2)
        same(desk.greeted(recovered=True), name, "id")
        check(desk.receive_created(2), tickets, replayed=True)
    desk.expect_nothing_more()


def relogin():
    """Another user logs in on the same socket, which still sends the first user's offset, and the connection is lost
    before any event arrives: the second user then receives everything missed."""
    desk = listen("desk", person("admin"), recovery=True)
    desk.greeted()
    tickets = file(base, 40)
    check(desk.receive_created(40), tickets, replayed=False)
    desk.settle()
    desk.leave()
    desk.run("client.auth.token = arguments[1]", person("staff").token)
    desk.run("client.socket.once('connected', () => client.cut('lost'))")
    desk.run("client.socket.connect()")
    desk.receive("connect")
    desk.wait("the reconnection", "client.pids.length === 3")
    desk.call("notifications:list", {"limit": 1})
    one = file(base, 1)[0]["support_id"]
    desk.wait("the new ticket", f"client.log.some(([, [payload]]) => payload.data?.support_id === {one})")
    # Events that came together with the greeting may arrive twice.
    came = {values[0]["data"]["support_id"] for event, values in desk.noted() if event.startswith("support:")}
    same(sorted(came), [each["support_id"] for each in tickets] + [one], "tickets")
    desk.run("client.socket.disconnect()")


def full():
    """A connection resumes even if its user may have only one, because the lost one makes room for it."""
    desk = listen("desk", person("admin"), recovery=True)
    name = desk.greeted()
    for _ in range(3):
        one_live(desk)
        with desk.away("lost", "forced close"):
            tickets = file(base, 2)
        same(desk.greeted(recovered=True), name, "id")
        check(desk.receive_created(2), tickets, replayed=True)
    desk.leave()
    until("the end of all sockets", lambda: person("admin").call("GET", "/status", 200)["clients"]["sockets"] == 0)


def crowded():
    """Beside a socket that answers, one more of the same user is told why it must wait, and gets in by itself later."""
    admin = person("admin")
    desk = listen("desk", admin)
    desk.greeted()
    phone = listen("phone", admin)
    same(phone.receive("connect")[1], False, "recovered")
    refusal = phone.receive("error")
    same((sorted(refusal), refusal["message"]), (["message", "reason"], "Too many sockets"), "error")
    # A client with its default transports may still be polling.
    same(phone.receive("disconnect") in ("transport error", "transport close"), True, "whether it may come back")
    same(phone.run("return client.socket.active"), True, "active")
    one_live(desk)
    desk.leave()
    phone.wait("a place", "client.log.some(([event]) => event === 'connected')")
    while phone.next_event() != "connected":
        phone.receive(phone.next_event())
    phone.receive("connected")
    phone.wait("its transport", "client.isCalm")
    phone.call("notifications:list", {"limit": 1})
    phone.run("client.socket.disconnect()")
    until("the end of all sockets", lambda: person("admin").call("GET", "/status", 200)["clients"]["sockets"] == 0)


def early():
    """The token may stand in the query of the handshake, or in a field for other clients of the same page."""
    driver = person("driver")
    rider = official_page.Listener(browser, "rider", base, way, None, options={"query": {"token": driver.token}})
    rider.greeted()
    rider.call("notifications:list", {"limit": 1})
    rider.leave()
    if way != "websocket":
        # A browser cannot set fields of a WebSocket, but those of its polls.
        fields = {"extraHeaders": {"Authorization": "bearer " + driver.token}}
        rider = official_page.Listener(browser, "other", base, way, None, options=fields)
        rider.greeted()
        rider.leave()


def plain():
    """A browser's WebSocket may be kept alive with a text of any kind."""
    answer = browser.run("""
        const [base, token] = arguments;
        const socket = new WebSocket(base.replace("http", "ws") + "/notifications?token=" + token);
        const came = [];
        return new Promise((done) => {
            socket.onclose = (event) => done([...came, event.code]);
            socket.onmessage = ({data}) => {
                came.push(JSON.parse(data).event);
                if (came.at(-1) === "pong") return done(came);
                for (const text of ["ping", "", '{"type":"ping"}', "2", '{"event":"ping"}']) socket.send(text);
            };
        })""", base, person("driver").token)
    same(answer, ["connected", "pong"], "events")


def begin():
    """Deletes all tickets, marks all notifications as read and reloads the page."""
    people = [person(name) for name in ("admin", "staff", "driver")]
    for ticket in all_tickets(people[0]):
        people[0].call("DELETE", f"/support/{ticket['support_id']}", 200)
    for each in people:
        each.call("POST", "/notifications/read-all", 200)
    browser.refresh()


SCENARIOS = [live, away, recovery, quiet, killed, stopped, refused, acknowledgements, proven, relogin, full,
             crowded, early, plain]
with official_page.page(client) as browser:
    for way in official_page.TRANSPORTS:
        begin()
        try:
            next(each for each in SCENARIOS if each.__name__ == scenario)()
        except SystemExit as fault:
            sys.exit(f"{way}: {fault}")
        print(way, "done")
print("all steps done")
