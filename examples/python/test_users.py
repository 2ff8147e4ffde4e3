"""Tests against the TileDB API in memory, with Python's standard library: python3 -m unittest test_users"""

import http.client
import json
import os
import shlex
import subprocess
import unittest
import urllib.error
import urllib.request

SERVE = os.environ.get("SERVE", "npx @effect-tiledb/testkit serve --seed 1 --until-stdin-closes")


def setUpModule():
    global server, tiledb
    # The server ends with its standard input, so also if this process is killed.
    server = subprocess.Popen(shlex.split(SERVE), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    tiledb = json.loads(server.stdout.readline())  # one line of JSON: addresses and credentials


def tearDownModule():
    server.communicate(timeout=10)  # closes the standard input, and waits for the end


def send(method, url, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **headers}, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        text = response.read().decode()
    return json.loads(text) if text else None


def api(method, path, body=None):
    return send(method, tiledb["baseUrl"] + path, body, {"x-tiledb-rest-api-key": tiledb["apiKey"]})


def control(method, path, body=None):
    return send(method, tiledb["controlUrl"] + path, body, {"authorization": f"Bearer {tiledb['controlToken']}"})


def never_struck():
    """The rules of this test that struck no call; not those of --config (without an id), and none that is left to chance."""
    return [
        fault["rule"]
        for fault in control("GET", "/faults")
        if fault["id"] is not None and fault["rule"].get("probability", 1) == 1 and fault["struck"] == 0
    ]


class UsersTest(unittest.TestCase):
    def setUp(self):
        control("POST", "/deployment/reset")  # users, e-mails, clock, journal and faults are those of the start

    def tearDown(self):
        self.assertEqual(never_struck(), [], "a fault rule never struck: the test did not test what it is for")

    def test_a_new_user_gets_an_email(self):
        api("POST", "/users", {"username": "ada", "email": "ada@example.com", "password": "correct horse"})
        email = control("POST", "/mailbox/take", {"to": "ada", "kind": "confirm_email"})
        self.assertTrue(email["token"])

    def test_the_user_may_exist_after_a_lost_response(self):
        fault = {"_tag": "Reset", "when": "after"}
        control("POST", "/faults", {"fault": fault, "operation": "createUser", "nth": 1})
        with self.assertRaises((http.client.HTTPException, OSError)):
            api("POST", "/users", {"username": "ada", "email": "ada@example.com", "password": "correct horse"})
        self.assertEqual(control("GET", "/users/ada")["username"], "ada")

    def test_a_rule_that_never_struck_is_found(self):
        control("POST", "/faults", {"fault": {"_tag": "Status", "status": 503}, "operation": "deleteUser"})
        control("POST", "/faults", {"fault": {"_tag": "Reset"}, "operation": "getUser", "probability": 0.1})
        self.assertEqual([rule["operation"] for rule in never_struck()], ["deleteUser"])
        control("DELETE", "/faults")
