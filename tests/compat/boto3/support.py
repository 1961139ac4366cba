"""A client, definitions, and which operations were called."""

import json
import time
import unittest
import uuid

import boto3

ROLE_ARN = "arn:aws:iam::123456789012:role/Test"
CALLED = set()

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Wrong", "Cause": "on purpose"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def client():
    """The endpoint, keys and region come from the environment, as people set them."""
    sfn = boto3.client("stepfunctions")
    sfn.meta.events.register("before-call.stepfunctions", lambda model, **_: CALLED.add(model.name))
    return sfn


def unique(prefix):
    return f"{prefix}-{uuid.uuid4()}"


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.sfn = client()

    def create(self, definition, **more):
        """The ARN of a new state machine."""
        created = self.sfn.create_state_machine(
            name=unique("machine"), definition=json.dumps(definition), roleArn=ROLE_ARN, **more
        )
        return created["stateMachineArn"]

    def start(self, machine, value=None, **more):
        """The ARN of a new execution."""
        return self.sfn.start_execution(stateMachineArn=machine, input=json.dumps(value or {}), **more)["executionArn"]

    def ended(self, execution):
        return self.becomes(
            lambda: self.sfn.describe_execution(executionArn=execution), lambda answer: answer["status"] != "RUNNING"
        )

    def becomes(self, look, wanted, patience=30):
        """Looks until the answer is as wanted."""
        deadline = time.monotonic() + patience
        while True:
            answer = look()
            if wanted(answer):
                return answer
            self.assertLess(time.monotonic(), deadline, answer)
            time.sleep(0.01)
