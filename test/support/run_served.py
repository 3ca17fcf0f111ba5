"""run-served.mjs for Python."""
import json
import os
import runpy
import sys
import urllib.request

handler = runpy.run_path(sys.argv[1])["handler"]
faults_url = os.environ["ZOHO_API_ENDPOINT"] + "/faults"


def call():
    try:
        return handler({}, {})
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


results = [call()]
for fault in json.loads(sys.argv[2]):
    headers = {"content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(faults_url, json.dumps(fault).encode(), headers)).close()
    results.append(call())
print(json.dumps(results))
