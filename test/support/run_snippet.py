"""run-snippet.mjs for Python: one call a line on stdin, one answer a line on stdout.

The module knows the time of the call and no other. When it sleeps, {"sleep": seconds} is written and the next line on
stdin says what time it is then. Zoho's hosts are reached on loopback by wrapping urllib3's PoolManager.
"""
import contextlib
import io
import json
import runpy
import sys
import time

import urllib3

parameters = json.loads(sys.argv[1])
now_ms = 0
real_urlopen = urllib3.PoolManager.urlopen


def send(message):
    sys.__stdout__.write(json.dumps(message) + "\n")
    sys.__stdout__.flush()


def receive():
    global now_ms
    line = sys.stdin.readline()
    if not line:
        sys.exit()
    step = json.loads(line)
    now_ms = step["nowMs"]
    return step


def sleep(seconds):
    send({"sleep": seconds})
    receive()


def urlopen(self, method, url, *rest, **options):
    host, _, path = url.removeprefix("https://").partition("/")
    if not url.startswith("https://") or host not in parameters["routes"]:
        raise OSError(f"no route to {host}")
    return real_urlopen(self, method, f"{parameters['routes'][host]}/{path}", *rest, **options)


time.time = lambda: now_ms / 1000
time.sleep = sleep
urllib3.PoolManager.urlopen = urlopen

module = None
while True:
    step = receive()
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            module = module or runpy.run_path(parameters["file"])
            answer = {"result": module[step["call"]](*step["args"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    send({**answer, "printed": printed.getvalue().splitlines()})
