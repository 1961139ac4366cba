"""Lambda: functions from creation to deletion, invocations by clients, tasks and events."""

import base64
import io
import json
import os
import tempfile
import unittest
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from support import ROLE_ARN, Case, unique

CODE = """
import json, os

def handler(event, context):
    print("says", event.get("say"))
    if "write" in event:
        with open(event["write"], "a") as file:
            file.write(context.aws_request_id + "\\n")
    if "fail" in event:
        raise ValueError(event["fail"])
    return {"event": event, "version": context.function_version, "arn": context.invoked_function_arn,
            "stage": os.environ.get("STAGE"), "data": "STEPWRIGHT_DATA" in os.environ}
"""


def package(code=CODE, name="index.py"):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, code)
    return written.getvalue()


class Functions(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.functions = boto3.client("lambda")

    def function(self, **more):
        """The name of a new function."""
        name = unique("function")
        members = {"Runtime": "python3.12", "Handler": "index.handler", "Timeout": 60, "Code": {"ZipFile": package()}}
        self.functions.create_function(FunctionName=name, Role=ROLE_ARN, **{**members, **more})
        self.addCleanup(self.functions.delete_function, FunctionName=name)
        return name

    def invoke(self, name, event, **more):
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event), **more)
        return answer, json.loads(answer["Payload"].read() or "null")

    def refused(self, code, status, call, **members):
        with self.assertRaises(ClientError) as caught:
            call(**members)
        answer = caught.exception.response
        self.assertEqual((answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]), (code, status), answer)
        return answer["Error"]["Message"]

    def test_a_function_from_creation_to_deletion(self):
        name = unique("function")
        created = self.functions.create_function(
            FunctionName=name,
            Role=ROLE_ARN,
            Runtime="python3.12",
            Handler="index.handler",
            Timeout=60,
            Code={"ZipFile": package()},
            Environment={"Variables": {"STAGE": "test"}},
            Tags={"team": "ops"},
        )
        self.assertEqual(created["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual((created["State"], created["Version"]), ("Active", "$LATEST"))
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name)
        answer, result = self.invoke(name, {"a": 1}, LogType="Tail")
        self.assertEqual((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
        self.assertEqual(
            result,
            {"event": {"a": 1}, "version": "$LATEST", "arn": created["FunctionArn"], "stage": "test", "data": False},
        )
        self.assertIn("says None\nEND RequestId", base64.b64decode(answer["LogResult"]).decode())
        answer, result = self.invoke(name, {"fail": "on purpose"})
        self.assertEqual((answer["FunctionError"], result["errorType"]), ("Unhandled", "ValueError"))
        answer, result = self.invoke(name, {}, InvocationType="DryRun")
        self.assertEqual((answer["StatusCode"], result), (204, None))

        self.functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"STAGE": "two"}})
        self.functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        code = package(CODE.replace('"event": event', '"event": "new"'))
        updated = self.functions.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
        self.assertEqual((updated["Version"], updated["CodeSize"]), ("1", len(code)))
        _, result = self.invoke(name, {}, Qualifier="1")
        self.assertEqual((result["event"], result["version"], result["stage"]), ("new", "1", "two"))
        shown = self.functions.get_function(FunctionName=name)
        self.assertEqual(shown["Tags"], {"team": "ops"})
        versions = self.functions.get_paginator("list_versions_by_function").paginate(FunctionName=name, PaginationConfig={"PageSize": 1})
        self.assertEqual([v["Version"] for page in versions for v in page["Versions"]], ["$LATEST", "1"])

        arn = created["FunctionArn"]
        self.functions.tag_resource(Resource=arn, Tags={"a": "b c/d"})
        self.functions.untag_resource(Resource=arn, TagKeys=["team"])
        self.assertEqual(self.functions.list_tags(Resource=arn)["Tags"], {"a": "b c/d"})
        self.functions.delete_function(FunctionName=name)
        message = self.refused("ResourceNotFoundException", 404, self.functions.get_function, FunctionName=name)
        self.assertEqual(message, f"Function not found: {arn}")

    def test_permissions_and_settings(self):
        name = self.function()
        rule = "arn:aws:events:us-east-1:123456789012:rule/r"
        added = self.functions.add_permission(
            FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=rule
        )
        statement = json.loads(added["Statement"])
        self.assertEqual(statement["Condition"], {"ArnLike": {"AWS:SourceArn": rule}})
        policy = json.loads(self.functions.get_policy(FunctionName=name)["Policy"])
        self.assertEqual(policy["Statement"], [statement])
        self.functions.remove_permission(FunctionName=name, StatementId="s")
        self.refused("ResourceNotFoundException", 404, self.functions.get_policy, FunctionName=name)
        self.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        error = self.functions.exceptions.TooManyRequestsException
        quick = boto3.client("lambda", config=Config(retries={"max_attempts": 0}))
        with self.assertRaises(error) as caught:
            quick.invoke(FunctionName=name)
        self.assertEqual(caught.exception.response["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded")
        self.functions.delete_function_concurrency(FunctionName=name)
        self.assertEqual(self.functions.get_function_code_signing_config(FunctionName=name)["FunctionName"], name)
        self.assertGreaterEqual(self.functions.get_account_settings()["AccountUsage"]["FunctionCount"], 1)
        config = self.functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
        self.assertEqual(config["MaximumRetryAttempts"], 0)
        self.assertEqual(self.functions.get_function_event_invoke_config(FunctionName=name)["FunctionArn"], config["FunctionArn"])
        self.functions.delete_function_event_invoke_config(FunctionName=name)
        self.assertEqual(self.functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"], [])

    def test_a_task_invokes_the_version_of_an_alias(self):
        name = self.function(Publish=True)
        self.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        listed = self.functions.list_aliases(FunctionName=name)["Aliases"]
        self.assertEqual([alias["Name"] for alias in listed], ["live"])
        definition = {
            "StartAt": "Call",
            "States": {
                "Call": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "Parameters": {"FunctionName": f"{name}:live", "Payload.$": "$"},
                    "OutputPath": "$.Payload",
                    "Next": "Fail",
                },
                "Fail": {
                    "Type": "Task",
                    "Resource": listed[0]["AliasArn"],
                    "Parameters": {"fail": "in a task"},
                    "Catch": [{"ErrorEquals": ["ValueError"], "ResultPath": "$.error", "Next": "End"}],
                    "End": True,
                },
                "End": {"Type": "Succeed"},
            },
        }
        ended = self.ended(self.start(self.create(definition), {"q": 1}))
        self.assertEqual(ended["status"], "SUCCEEDED", ended)
        output = json.loads(ended["output"])
        self.assertEqual((output["version"], output["event"], output["error"]["Error"]), ("1", {"q": 1}, "ValueError"))

    def test_an_event_is_delivered(self):
        name = self.function()
        with tempfile.NamedTemporaryFile("r") as file:
            answer, result = self.invoke(name, {"write": file.name}, InvocationType="Event")
            self.assertEqual((answer["StatusCode"], result), (202, None))
            self.becomes(lambda: os.path.getsize(file.name), lambda size: size > 0)
            self.assertEqual(len(file.read().splitlines()), 1)

    def test_what_cannot_run_is_refused(self):
        code = {"Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE_ARN}
        create = self.functions.create_function
        for archive, message in [
            (b"no zip", "Could not unzip uploaded file."),
            (package(name="../x"), "leaves the folder of the code"),
            (package("0" * 300_000_000), "as no code does"),
        ]:
            refused = self.refused(
                "InvalidParameterValueException", 400, create, FunctionName="f", Code={"ZipFile": archive}, **code
            )
            self.assertIn(message, refused)
        layers = ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"]
        refused = self.refused(
            "InvalidParameterValueException", 400, create, FunctionName="f", Code={"ZipFile": package()}, Layers=layers, **code
        )
        self.assertIn("Layers are not supported", refused)
        self.refused("ResourceNotFoundException", 404, self.functions.invoke, FunctionName="nobody")


if __name__ == "__main__":
    unittest.main()
