# Written by `npm run docs` from docs/consuming-tokens.md: change it there.
import json
import os
import re
import time
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONNECTION = "crm-prod"
PREFIX = os.environ.get("ZOHO_SECRET_PREFIX", "zoho")
REFRESHER = os.environ.get("ZOHO_REFRESHER_FUNCTION_NAME")
TABLE = os.environ.get("ZOHO_TOKENS_TABLE")  # if tokens are stored in DynamoDB, too
REJECTIONS = json.loads(Path(__file__).with_name("zoho-rejections.json").read_text())
SANDBOX = os.environ.get("ZOHO_API_ENDPOINT", "")  # on a laptop, in place of Zoho
if not re.fullmatch(r"(http://(127\.0\.0\.1|localhost|\[::1\]):\d+)?", SANDBOX):
    raise ValueError("ZOHO_API_ENDPOINT must be on this machine, such as http://127.0.0.1:4610")

quick = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
patient = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1})
secrets = boto3.client("secretsmanager", config=quick)
functions = boto3.client("lambda", config=patient)
tables, keys = [boto3.client(name, config=quick) if TABLE else None for name in ("dynamodb", "kms")]
http = urllib3.PoolManager(timeout=10)
cached, cached_until = None, 0.0
no_help_up_to = 0  # newer tokens did not help: up to this generation, the token is not the problem


def handler(event, context):
    response = call_zoho("/crm/v8/Leads?fields=Last_Name")
    if response.status >= 400:
        raise RuntimeError(f"Zoho answered {response.status}")
    return json.loads(response.data or b"{}")


def call_zoho(path):
    """GETs a path of the API. If the token may be the problem, tries once more with a newer one."""
    global no_help_up_to
    token = get_token()
    response, verdict = send(path, token)
    if verdict not in ("token", "ambiguous") or token["generation"] <= no_help_up_to:
        return response
    newer = get_token_after(token["generation"])
    if newer is None:
        return response
    response, second_verdict = send(path, newer)
    if second_verdict == verdict:
        no_help_up_to = newer["generation"]
    return response


def judge(status, place, body):
    """What an answer from `place` (host and path) says about the token: the first row that matches."""
    for row in REJECTIONS:
        if status in row["statuses"] and re.search(row["where"], place) and re.search(row["body"], body):
            return row["verdict"]
    return "ambiguous" if status == 401 else "accepted"


def read_token():
    """The published token. A connection without an item in the table has it in Secrets Manager."""
    if TABLE:
        key = {"connection": {"S": CONNECTION}}
        item = tables.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
        if item:
            context = {"deployment": PREFIX, "kind": "access-token", "connection": CONNECTION}
            opened = keys.decrypt(CiphertextBlob=item["sealed"]["B"], EncryptionContext=context)
            return json.loads(opened["Plaintext"])
    secret = secrets.get_secret_value(SecretId=f"{PREFIX}/{CONNECTION}/access-token")
    return json.loads(secret["SecretString"])


def get_token(read_again=False):
    """The token, from memory until refresh_after. A newer one is never replaced by an older one."""
    global cached, cached_until
    now = time.time()
    if not read_again and now < cached_until:
        return cached
    try:
        token = read_token()
    except (BotoCoreError, ClientError) as error:
        if cached is None or now >= seconds(cached["expires_at"]):
            raise
        print(json.dumps({"message": "The token in memory is used", "error": str(error)}))
        cached_until = now + 30
        return cached
    if cached is None or token["generation"] >= cached["generation"]:
        cached = token
    cached_until = max(seconds(cached["refresh_after"]), now + 30)
    return cached


def seconds(timestamp):
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


def get_token_after(rejected_generation):
    """A token newer than the rejected one, or None if none is available now."""
    token = get_token(read_again=True)
    if token["generation"] > rejected_generation:
        return token
    if request_refresh(rejected_generation) not in ("refreshed", "already-fresh", "in-progress"):
        return None
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        token = get_token(read_again=True)
        if token["generation"] > rejected_generation:
            return token
        time.sleep(0.5)
    return None


def request_refresh(rejected_generation):
    """Returns the outcome. Zoho is called once, however many callers ask at the same time."""
    if REFRESHER is None:
        return "not-allowed"
    event = {
        "action": "refresh",
        "connection": CONNECTION,
        "rejectedGeneration": rejected_generation,
        "reason": "unauthorized",
    }
    try:
        answer = functions.invoke(FunctionName=REFRESHER, Payload=json.dumps(event))
        result = json.loads(answer["Payload"].read())
        outcome = "failed" if "FunctionError" in answer else result["outcome"]
    except (BotoCoreError, ClientError) as error:  # such as no permission: the 401 is returned
        print(json.dumps({"message": "The refresher cannot be invoked", "error": str(error)}))
        outcome = "failed"
    print(json.dumps({"message": "Zoho rejected a token", **event, "outcome": outcome}))
    return outcome


def send(path, token):
    if not path.startswith("/"):
        raise ValueError("the path must begin with /, so that the token is sent only to api_domain")
    api = token["api_domain"]
    if SANDBOX:
        api = api.replace("https:/", f"{SANDBOX}/zoho")
    headers = {"Authorization": f"{token['token_type']} {token['access_token']}"}
    response = http.request("GET", api + path, headers=headers, redirect=False)
    url = urlsplit(token["api_domain"] + path)
    body = response.data[:65536].decode(errors="replace")
    verdict = judge(response.status, url.netloc + url.path, body)
    report(token, unauthorized=response.status == 401 or verdict == "token")
    return response, verdict


def report(token, unauthorized):
    """1 or 0 per call. Lambda's log turns it into a metric, which the alarm UnauthorizedSpike watches."""
    own = [["service", "connection"]] if token.get("own_metrics", True) else []
    metric = {
        "Namespace": "ZohoTokenRefresher",
        "Dimensions": [["service"], *own],
        "Metrics": [{"Name": "Unauthorized", "Unit": "Count"}],
    }
    embedded = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}
    values = {"service": PREFIX, "connection": CONNECTION, "Unauthorized": int(unauthorized)}
    print(json.dumps({"_aws": embedded, **values}))
