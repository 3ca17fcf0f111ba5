"""
moto's server on a free port of loopback, which is printed; it ends when its stdin does. Without threads: moto's state has
no locks, and two conditional writes at once both won.

moto checks signatures and collects the policies of the caller, once `/moto-api/reset-auth` says so. What it then makes
of a policy (5.2) will not do here: most services name no resource, `?` is no wildcard to it (`-??????` is an error 500),
a condition that it knows nothing of holds, and refusals are XML. `Request` decides in its place, and where it cannot
evaluate something it refuses or fails, but never allows: identity-based policies with Action, Resource and the
operators of `holds`. Of the keys of conditions it knows those of KMS, called directly or by Secrets Manager, of events,
and dynamodb:LeadingKeys of operations on one item; any other, such as aws:ResourceTag, does not hold. Trust policies, the
policies of secrets and of the key, permission boundaries and organizations' policies are not looked at.
"""

import os
import sys

try:
    from moto import __version__ as moto_version
    from moto.server import DomainDispatcherApplication, create_backend_app
except ImportError:
    sys.exit(print("missing"))

if [int(part) for part in moto_version.split(".")[:2]] < [5, 2]:
    sys.exit(print("missing"))

import json
import logging
import re
import struct
import threading
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse
from moto.core.config import default_user_config
from moto.core.exceptions import JsonRESTError
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import DynamoHandler
from moto.events.responses import EventsHandler
from moto.iam import access_control
from moto.kms.responses import KmsResponse
from moto.kms.utils import _deserialize_ciphertext_blob
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.ssm.responses import SimpleSystemManagerResponse
from werkzeug.serving import make_server

KNOWN_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}

# Where IAM's name is not the API's.
ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}

# "Secret encryption and decryption in AWS Secrets Manager", Secrets Manager User Guide. A put decrypts when it is tried
# again, to compare the values.
KMS_CALLS = {
    "secretsmanager:GetSecretValue": ["kms:Decrypt"],
    "secretsmanager:PutSecretValue": ["kms:GenerateDataKey", "kms:Decrypt"],
}


# Of an operation on more than one item. No policy names it, so a condition on the key does not hold.
UNKNOWN_KEY = "?"


def like(pattern, text, flags=0):
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(character) or re.escape(character) for character in pattern)
    return re.fullmatch(expression, text, flags | re.DOTALL) is not None


CONDITIONS = {"StringEquals": lambda expected, actual: expected == actual, "StringLike": like}


def as_list(value):
    return value if isinstance(value, list) else [value]


def holds(operator, key, expected, context):
    if operator == "Null":
        return (key not in context) == (expected == "true")
    if operator == "ForAllValues:StringEquals":
        return all(value in as_list(expected) for value in context.get(key, []))
    return key in context and any(CONDITIONS[operator](each, context[key]) for each in as_list(expected))


def concerns(statement, action, resource, context):
    is_conditional_denial = statement["Effect"] == "Deny" and "Condition" in statement
    if is_conditional_denial or not set(statement) <= KNOWN_ELEMENTS:
        raise NotImplementedError(f"a statement like this: {statement}")
    return (
        any(like(pattern, action, re.IGNORECASE) for pattern in as_list(statement["Action"]))
        and any(like(pattern, resource) for pattern in as_list(statement["Resource"]))
        and all(
            holds(operator, key, expected, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, expected in keys.items()
        )
    )


class Request(access_control.IAMRequest):
    def check_action_permitted(self, resource):
        who = f"User: {self._access_key.arn} is not authorized to perform:"
        called = ACTIONS.get(self._action, self._action)
        if not self._is_allowed(called, resource, self._context()):
            raise refusal(f"{who} {called} on resource: {resource}")
        for action in KMS_CALLS.get(called, []):
            secret = self._secrets.get(resource)
            if secret is None or secret.kms_key_id is None:
                continue
            context = {
                "kms:ViaService": f"secretsmanager.{self._region}.amazonaws.com",
                "kms:EncryptionContext:SecretARN": resource,
            }
            if not self._is_allowed(action, secret.kms_key_id, context):
                raise refusal(f"Access to KMS is not allowed. {who} {action} on resource: {secret.kms_key_id}")

    def _context(self):
        if self._service == "kms":
            given = json.loads(self._body).get("EncryptionContext", {})
            named = {f"kms:EncryptionContext:{name}": value for name, value in given.items()}
            return {**named, "kms:EncryptionContextKeys": list(given)}
        if self._service == "dynamodb":
            return {"dynamodb:LeadingKeys": [self._leading_key()]}
        if self._service == "events":
            [entry] = json.loads(self._body)["Entries"]
            return {"events:source": entry["Source"], "events:detail-type": entry["DetailType"]}
        return {}

    def _leading_key(self):
        body = json.loads(self._body)
        item = body.get("Key") or body.get("Item")
        if item is None:
            return UNKNOWN_KEY
        table = dynamodb_backends[self.account_id][self._region].tables[body["TableName"]]
        return item[table.hash_key_attr]["S"]

    @property
    def _secrets(self):
        return secretsmanager_backends[self.account_id][self._region].secrets

    def _is_allowed(self, action, resource, context):
        effects = {
            statement["Effect"]
            for policy in self._access_key.collect_policies()
            for statement in as_list(access_control.IAMPolicy(policy)._policy_json["Statement"])
            if concerns(statement, action, resource, context)
        }
        return effects == {"Allow"}


def refusal(message):
    return JsonRESTError("AccessDeniedException", message)


def secret_arn(response):
    name = response._get_param("SecretId") or response._get_param("Name")
    if name is None:
        return "*"
    secret = response.backend.secrets.get(name)
    if secret is not None:
        return secret.arn
    # IAM judges one that does not exist by its bare name, which a pattern with -?????? does not match.
    return f"arn:aws:secretsmanager:{response.region}:{response.current_account}:secret:{name}"


def table_or_index_arn(response):
    table, index = response._get_param("TableName"), response._get_param("IndexName")
    arn = f"arn:aws:dynamodb:{response.region}:{response.current_account}:table/{table}"
    return arn if index is None else f"{arn}/index/{index}"


def function_arn(response):
    _version, _functions, *name = response.path.strip("/").split("/")
    function = unquote(name[0]) if name else response._get_param("FunctionName")
    qualifier = response._get_param("Qualifier")
    arn = f"arn:aws:lambda:{response.region}:{response.current_account}:function:{function}"
    return arn if qualifier is None else f"{arn}:{qualifier}"


def parameter_arn(response):
    # A path is judged by its own name, not by those of the parameters below it (measured on AWS, as others report).
    name = response._get_param("Path") or response._get_param("Name")
    return f"arn:aws:ssm:{response.region}:{response.current_account}:parameter{name}"


def key_arn(response):
    named, sealed = response._get_param("KeyId"), response._get_param("CiphertextBlob")
    if named is not None or sealed is None:
        return named or "*"
    # "AWS KMS can get this information from metadata that it adds to the symmetric ciphertext blob" (API_Decrypt).
    try:
        return response.kms_backend.keys[_deserialize_ciphertext_blob(sealed).key_id].arn
    except (KeyError, struct.error, UnicodeDecodeError):
        return "*"


def event_bus_arn(response):
    return f"arn:aws:events:{response.region}:{response.current_account}:event-bus/default"


access_control.IAMRequest = Request
SecretsManagerResponse._determine_resource = secret_arn
DynamoHandler._determine_resource = table_or_index_arn
LambdaResponse._determine_resource = function_arn
SimpleSystemManagerResponse._determine_resource = parameter_arn
KmsResponse._determine_resource = key_arn
EventsHandler._determine_resource = event_bus_arn
# An invocation then answers with what was sent: a function would need Docker.
default_user_config["lambda"]["use_docker"] = False

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()
