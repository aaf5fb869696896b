"""The official Socket.IO client against the station, with each of its transports: official.py BASE CLIENT SCENARIO

CLIENT is the file with it. Whoever runs this does to the station what it prints: "station: kill", "station: stop" and
"station: start"."""

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
    """A ticket that is filed now is what comes next to each of them: nothing else was under way."""
    tickets = file(base, 1)
    for each in listeners:
        check(each.take_created(1), tickets, replayed=False)
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
            sys.exit("waited in vain for " + what)
        time.sleep(0.01)


def station(order):
    print("station: " + order, flush=True)
    until(f"the station's having done “{order}”", lambda: is_up() == (order == "start"))


def all_tickets(admin):
    return sorted(admin.call("GET", "/support", 200), key=lambda ticket: ticket["support_id"])


def expect_once(listener, tickets, name):
    """However often the connection is lost, each ticket comes once, in its order, and the socket stays what it is."""
    came = []
    while len(came) < len(tickets) or not listener.run("return client.isCalm") or listener.noted():
        if listener.next_event() == "disconnect":
            listener.take("disconnect")
            same(listener.greeted(recovered=True), name, "id")
        else:
            came.append(listener.take("support:ticket:created"))
    same([each["data"]["support_id"] for each in came], [each["support_id"] for each in tickets], "tickets")


def live():
    """What happens comes at once, with one argument; reading in one place is told in the other."""
    driver, admin = person("driver"), person("admin")
    rider, desk = listen("rider", driver), listen("desk", admin)
    rider.greeted()
    desk.greeted()
    for _ in steps(driver, admin, rider, desk):
        pass

    # Another device, and tickets while it connects and changes its transport.
    desk.settle()
    phone = listen("phone", admin)
    tickets = file(base, 30)
    phone.greeted()
    check(desk.take_created(30), tickets, replayed=False)
    # The first of them are not sent to the phone where the desk has proven them before it was there.
    last = tickets[-1]["support_id"]
    phone.wait("the last of them", f"client.log.some(([, [payload]]) => payload.data?.support_id === {last})")
    came = phone.take_created(len(phone.noted()))
    tickets = tickets[-len(came):]
    before = sum("replayed" in each for each in came)
    check(came[:before], tickets[:before], replayed=True)
    check(came[before:], tickets[before:], replayed=False)

    listed = desk.call("notifications:list", {"unread": True})
    same(listed, admin.call("GET", "/notifications?unread=true", 200), "list")
    last = listed[-1]["id"]
    same(desk.call("notifications:read", {"ids": [last]}), {"unread": 30}, "acknowledgement")
    same(phone.take("notifications:changed"), {"unread": 30}, "changed")
    same(phone.call("notifications:read", {"through": last}), {"unread": 0}, "acknowledgement")
    same(desk.take("notifications:changed"), {"unread": 0}, "changed")
    one_live(desk, phone)

    # Another namespace comes and goes on the same connection.
    desk.run("""
        const other = client.socket.io.socket("/");
        return new Promise((done) => other.on("connect", () => done(other.disconnect().connected)))""")
    one_live(desk, phone)
    for each in (desk, phone, rider):
        each.expect_nothing_more()


def away():
    """What was missed comes once, in order, whether the same socket comes back or another one."""
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
            same(desk.take("notifications:digest")["count"], count, "count of the digest")
        else:
            desk.come_back()
        check(desk.take_created(count), tickets, replayed=True)
        one_live(desk)
    for cut, reason in CUTS.items():
        desk.settle()
        with desk.away(cut, reason):
            tickets = file(base, 3)
        desk.greeted()
        check(desk.take_created(3), tickets, replayed=True)
        one_live(desk)
    desk.expect_nothing_more()


def recovery():
    """After each way to lose a connection the socket is the one that it was, and nothing is missing or comes twice."""
    admin = person("admin")
    desk = listen("desk", admin, {"retries": 3, "ackTimeout": 2000}, recovery=True)
    name = desk.greeted()
    for cut, reason in CUTS.items():
        one_live(desk)
        with desk.away(cut, reason):
            tickets = file(base, 3)
        same(desk.greeted(recovered=True), name, "id after " + cut)
        check(desk.take_created(3), tickets, replayed=True)
    one_live(desk)

    # Tickets are filed while what was missed is on its way, and the connection is lost in the middle, again and again.
    with desk.away("lost", "forced close"):
        tickets = file(base, 60)
        desk.run("client.cutAfter([10, 50, 65, 80])")
    same(desk.greeted(recovered=True), name, "id")
    expect_once(desk, tickets + file(base, 40), name)
    one_live(desk)
    same(desk.run("return client.cuts"), [], "cuts that have yet to be made")

    # What the client said in vain it says again.
    desk.run("client.cut('lost')")
    same(desk.call("notifications:read", {"ids": []})["unread"] > 0, True, "acknowledgement")
    desk.take("disconnect")
    same(desk.greeted(recovered=True), name, "id")
    desk.expect_nothing_more()


def quiet():
    """A socket that has had no event goes on where it began, whatever another one has had meanwhile."""
    admin = person("admin")
    desk, phone = listen("desk", admin, recovery=True), listen("phone", admin)
    name = desk.greeted()
    phone.greeted()
    with desk.away("lost", "forced close"):
        tickets = file(base, 3)
        check(phone.take_created(3), tickets, replayed=False)
        phone.settle()
    same(desk.greeted(recovered=True), name, "id")
    check(desk.take_created(3), tickets, replayed=True)

    # The same with an offset.
    with desk.away("lost", "forced close"):
        tickets = one_live(phone)
        phone.settle()
    same(desk.greeted(recovered=True), name, "id")
    check(desk.take_created(1), tickets, replayed=True)
    one_live(desk, phone)
    for each in (desk, phone):
        each.expect_nothing_more()


def killed():
    """The station is killed while tickets are filed, and starts anew: the clients come back by themselves."""
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
    # Some were filed that nobody had an answer to.
    tickets += [each for each in all_tickets(admin) if each["support_id"] > tickets[0]["support_id"]] + file(base, 3)
    for each in (desk, phone):
        each.run("client.openGate()")
    expect_once(desk, tickets[1:], name)

    # Without recovery some may come again, and they say so.
    seen = [tickets[0]["support_id"]]
    while seen[-1] < tickets[-1]["support_id"]:
        if phone.next_event() == "disconnect":
            phone.take("disconnect")
            phone.greeted()
        payload = phone.take("support:ticket:created")
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
    """The station is stopped and started: the client comes back by itself, with what it wanted to say meanwhile."""
    admin = person("admin")
    desk = listen("desk", admin)
    desk.greeted()
    one_live(desk)
    desk.settle()
    desk.run("client.closeGate()")
    station("stop")
    same(desk.take("disconnect"), "transport close", "reason")
    desk.run("client.failures.length = 0")
    desk.wait("a failure", "client.failures.length")
    desk.run("client.socket.emit('notifications:read', {ids: []}, (answer) => client.answers.push(answer))")
    station("start")
    tickets = file(base, 3)
    desk.run("client.openGate()")
    desk.greeted()
    check(desk.take_created(3), tickets, replayed=True)
    desk.wait("an answer", "client.answers.length")
    same(sorted(desk.run("return client.answers.pop()")), ["unread"], "acknowledgement")
    one_live(desk)
    desk.expect_nothing_more()


def refused():
    """What is wrong is said, and only what is right is recovered."""
    driver, admin = person("driver"), person("admin")
    reasons = []
    for name, token in (("stranger", "not-a-token"), ("nobody", None)):
        stranger = official_page.Listener(browser, name, base, way, token)
        same(stranger.take("connect")[1], False, "recovered")
        refusal = stranger.take("error")
        same((sorted(refusal), refusal["message"]), (["message", "reason"], "Authentication required"), "error")
        reasons.append(refusal["reason"])
        same(stranger.take("disconnect"), "io server disconnect", "reason")
        same(stranger.run("return client.socket.active"), False, "active")
    same(all(reasons) and reasons[0] != reasons[1], True, "reasons that differ")
    # The same socket, with a good token.
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
        same(fresh != name and desk.run("return client.pids.at(-1)") not in (pid, wrong), True, "a new name")
        check(desk.take_created(2), tickets, replayed=True)
        one_live(desk)
    # The new name is as good.
    with desk.away("lost", "forced close"):
        tickets = file(base, 2)
    same(desk.greeted(recovered=True), fresh, "id")
    check(desk.take_created(2), tickets, replayed=True)
    desk.expect_nothing_more()


def acknowledgements():
    """Only what a listener has called back for has been delivered."""
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
        check(desk.take_created(len(tickets)), tickets, replayed=True)
    same(tickets, [], "what has yet to be acknowledged")

    # Many, acknowledged as they come, also by who was away.
    desk.run("client.doesAcknowledge = true")
    tickets = file(base, 90)
    check(desk.take_created(90), tickets, replayed=False)
    desk.settle()
    desk.leave()
    tickets = file(base, 90)
    desk.come_back()
    check(desk.take_created(90), tickets, replayed=True)
    desk.settle()
    desk.leave()
    desk.come_back()
    one_live(desk)
    desk.expect_nothing_more()


def proven():
    """With recovery too, what a listener has called back for does not come again: the client tells no offset then."""
    desk = listen("desk", person("admin"), acknowledgements=True, recovery=True)
    name = desk.greeted()
    for _ in range(2):
        one_live(desk)
        one_live(desk)
        desk.settle()
        with desk.away("lost", "forced close"):
            tickets = file(base, 2)
        same(desk.greeted(recovered=True), name, "id")
        check(desk.take_created(2), tickets, replayed=True)
    desk.expect_nothing_more()


def relogin():
    """Another user logs in on the same socket, which still tells the offset of the first one, and loses the connection
    before anything has come: what he had missed comes then."""
    desk = listen("desk", person("admin"), recovery=True)
    desk.greeted()
    tickets = file(base, 40)
    check(desk.take_created(40), tickets, replayed=False)
    desk.settle()
    desk.leave()
    desk.run("client.auth.token = arguments[1]", person("staff").token)
    desk.run("client.socket.once('connected', () => client.cut('lost'))")
    desk.run("client.socket.connect()")
    desk.take("connect")
    desk.wait("its return", "client.pids.length === 3")
    desk.call("notifications:list", {"limit": 1})
    one = file(base, 1)[0]["support_id"]
    desk.wait("what is new", f"client.log.some(([, [payload]]) => payload.data?.support_id === {one})")
    # What came together with the greeting may come twice.
    came = {values[0]["data"]["support_id"] for event, values in desk.noted() if event.startswith("support:")}
    same(sorted(came), [each["support_id"] for each in tickets] + [one], "tickets")
    desk.run("client.socket.disconnect()")


def full():
    """A connection is recovered although its user may have no other beside the one that was lost, and that one goes."""
    desk = listen("desk", person("admin"), recovery=True)
    name = desk.greeted()
    for _ in range(3):
        one_live(desk)
        with desk.away("lost", "forced close"):
            tickets = file(base, 2)
        same(desk.greeted(recovered=True), name, "id")
        check(desk.take_created(2), tickets, replayed=True)
    desk.leave()
    until("the end of all sockets", lambda: person("admin").call("GET", "/status", 200)["clients"]["sockets"] == 0)


def begin():
    """Nothing is left of what was before."""
    people = [person(name) for name in ("admin", "staff", "driver")]
    for ticket in all_tickets(people[0]):
        people[0].call("DELETE", f"/support/{ticket['support_id']}", 200)
    for each in people:
        each.call("POST", "/notifications/read-all", 200)
    browser.refresh()


SCENARIOS = [live, away, recovery, quiet, killed, stopped, refused, acknowledgements, proven, relogin, full]
with official_page.page(client) as browser:
    for way in official_page.TRANSPORTS:
        begin()
        try:
            next(each for each in SCENARIOS if each.__name__ == scenario)()
        except SystemExit as fault:
            sys.exit(f"{way}: {fault}")
        print(way, "done")
print("all steps done")
