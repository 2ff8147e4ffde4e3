"""Drives the server of an installed tarball with nothing but Python's standard library."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

folder = sys.argv[1]


def check(what, actual, wanted):
    if actual != wanted:
        raise SystemExit(f"{what}: {actual!r}, not {wanted!r}")


def ask(method, url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if data is not None:
        names["content-type"] = "application/json"
    request = urllib.request.Request(url, data=data, method=method, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


npx = ["npx", "--no-install", "@effect-tiledb/testkit"]
version = subprocess.run([*npx, "--version"], cwd=folder, capture_output=True, text=True, timeout=60)
check("npx @effect-tiledb/testkit --version", version.stdout, "0.1.0\n")

config = {
    "seed": "python",
    "now": "2026-01-31T12:00:00Z",
    "users": [{"username": "ada", "role": "admin", "apiKey": "tiledb_ada"}, {"username": "bob"}],
    "workspaces": [{"name": "red", "owner": "ada", "members": ["bob"]}],
    "policy": {"minimumPasswordLength": 8},
}
with open(os.path.join(folder, "deployment.json"), "w") as file:
    json.dump(config, file)

kept = os.path.join(folder, "kept")
command = [os.path.join(folder, "node_modules/.bin/effect-tiledb-testkit"), "serve", "--config", "deployment.json"]
command += ["--import", kept, "--export-on-exit", kept]


def start():
    server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return server, json.loads(server.stdout.readline())


server, line = start()
api, control = line["baseUrl"], line["controlUrl"]
token = {"authorization": "Bearer " + line["controlToken"]}
key = {"X_TILEDB_REST_API_KEY": "tiledb_ada"}


def self_of(**credential):
    status, text = ask("GET", api + "/users/self", **credential)
    return status, json.loads(text)


status, me = self_of(**key)
check("ada", (status, me["data"]["user"]["username"]), (200, "ada"))
check("her workspace", [(w["name"], w["self"]["role"]) for w in me["data"]["workspaces"]], [("red", "owner")])
check("a bearer token", self_of(authorization="Bearer " + line["bearer"])[0], 200)

short = {"username": "eve", "email": "eve@example.com", "password": "short"}
check("a short password", ask("POST", api + "/users", short)[0], 400)
check("a user", ask("POST", api + "/users", {**short, "password": "long enough"})[0], 201)

# The mailbox, by its URL and over the control port.
query = "?to=eve&kind=confirm_email"
status, scoped = ask("GET", line["mailboxUrl"] + query)
check("the mailbox page", status, 200)
status, text = ask("GET", control + "/mailbox" + query, **token)
check("the mailbox", [mail["token"] for mail in json.loads(text)], [scoped])
confirm = {"X_TILEDB_REST_API_KEY": scoped}
check("the address", ask("POST", api + "/actions/users/confirm_email", **confirm)[0], 204)

# The clock: a token for a reset lasts an hour.
forgot = {"username_or_email": "eve"}
check("a reset", ask("POST", api + "/actions/users/request_password_reset", forgot)[0], 204)
wanted = {"to": "eve", "kind": "password_reset"}
status, text = ask("POST", control + "/mailbox/take", wanted, **token)
late = {"X_TILEDB_REST_API_KEY": json.loads(text)["token"]}
status, text = ask("POST", control + "/clock/advance", {"duration": "2 hours"}, **token)
check("the clock", json.loads(text)["now"][:14], "2026-01-31T14:")
check("a late token", ask("POST", api + "/actions/users/reset_password", {"new_password": "long enough"}, **late)[0], 401)

# Faults: the second read is struck, and the journal tells.
check("no journal", ask("DELETE", control + "/journal", **token)[0], 204)
rule = {"fault": {"_tag": "Status", "status": 503, "retryAfter": "7 seconds"}, "operation": "getSelfUser", "nth": 2}
status, text = ask("POST", control + "/faults", rule, **token)
check("a fault", status, 201)
check("reads", [ask("GET", api + "/users/self", **key)[0] for _ in range(3)], [200, 503, 200])
status, text = ask("GET", control + "/journal", **token)
check("the journal", [json.loads(entry)["outcome"]["status"] for entry in text.splitlines()], [200, 503, 200])
expected = [{"operation": "getSelfUser", "outcome": outcome} for outcome in (200, "Answer", 200)]
status, text = ask("POST", control + "/journal/diff", expected, **token)
check("the diff", json.loads(text), {"same": True})
check("the fault again", ask("DELETE", control + "/faults/" + json.loads('"1"'), **token)[0], 204)
wrong = ask("POST", control + "/faults", {"fault": {"_tag": "Typo"}}, **token)
check("a fault that is none", (wrong[0], '"path":["fault","_tag"]' in wrong[1]), (400, True))

# Users, snapshots and the reset.
status, text = ask("POST", control + "/snapshots", **token)
snapshot = json.loads(text)["id"]
check("a further user", ask("POST", control + "/users", {"username": "zoe"}, **token)[0], 201)
check("a change", json.loads(ask("PATCH", control + "/users/zoe", {"role": "admin"}, **token)[1])["role"], "admin")
check("the snapshot", ask("POST", control + f"/snapshots/{snapshot}/restore", **token)[0], 204)
check("zoe", ask("GET", control + "/users/zoe", **token)[0], 404)
check("eve", ask("GET", control + "/users/eve", **token)[0], 200)
check("the reset", ask("POST", control + "/deployment/reset", **token)[0], 204)
check("eve after it", ask("GET", control + "/users/eve", **token)[0], 404)
check("no token", ask("POST", control + "/deployment/reset")[0], 401)

# What is kept is there again.
check("dan", ask("POST", api + "/users", {"username": "dan", "email": "dan@example.com", "password": "long enough"})[0], 201)
document = json.loads(ask("GET", line["openApiUrl"])[1])
check("openapi.json", (document["openapi"][:3], document["servers"][0]["url"]), ("3.1", api))
server.send_signal(signal.SIGTERM)
check("the end", server.wait(20), 0)
server, again = start()
check("the same keys", (again["apiKey"], again["userId"]), (line["apiKey"], line["userId"]))
control, token = again["controlUrl"], {"authorization": "Bearer " + again["controlToken"]}
check("dan again", ask("GET", control + "/users/dan", **token)[0], 200)
server.send_signal(signal.SIGINT)
check("the end again", server.wait(20), 0)
print("driven")
