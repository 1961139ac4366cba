"""EventBridge Scheduler: its twelve operations, and schedules that really fire."""

import datetime
import json

import boto3
from botocore.exceptions import ClientError

from support import PASS, ROLE_ARN, Case, unique

OFF = {"Mode": "OFF"}
OPERATIONS = set()


def soon(seconds):
    """A time of a one-time schedule, in UTC."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return f"at({at:%Y-%m-%dT%H:%M:%S})"


class Schedules(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheduler = boto3.client("scheduler")
        cls.scheduler.meta.events.register(
            "before-call.scheduler", lambda model, **_: OPERATIONS.add(model.name)
        )

    @classmethod
    def tearDownClass(cls):
        served = set(cls.scheduler.meta.service_model.operation_names)
        assert OPERATIONS == served, served - OPERATIONS

    def make(self, name, expression="rate(1 day)", **more):
        more.setdefault("FlexibleTimeWindow", OFF)
        target = {"Arn": self.create(PASS), "RoleArn": ROLE_ARN, "Input": '{"a": 1}'}
        more.setdefault("Target", target)
        return self.scheduler.create_schedule(Name=name, ScheduleExpression=expression, **more)["ScheduleArn"]

    def refused(self, code, message, call, **members):
        with self.assertRaises(ClientError) as refused:
            call(**members)
        error = refused.exception.response["Error"]
        self.assertEqual((error["Code"], error["Message"]), (code, message))

    def executions(self, machine):
        return self.sfn.list_executions(stateMachineArn=machine)["executions"]

    def test_a_schedule_from_creation_to_deletion(self):
        name = unique("s")[:64]
        start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)
        arn = self.make(
            name,
            "cron(0 8 ? * MON-FRI *)",
            Description="mornings",
            ScheduleExpressionTimezone="Europe/Berlin",
            StartDate=start,
            FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
            State="DISABLED",
        )
        self.assertRegex(arn, rf"^arn:aws:scheduler:[a-z0-9-]+:\d{{12}}:schedule/default/{name}$")
        shown = self.scheduler.get_schedule(Name=name)
        self.assertEqual(shown["Arn"], arn)
        self.assertEqual(shown["StartDate"], start)
        self.assertEqual(shown["ScheduleExpressionTimezone"], "Europe/Berlin")
        self.assertEqual(shown["FlexibleTimeWindow"], {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5})
        retry = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
        self.assertEqual(shown["Target"]["RetryPolicy"], retry)
        self.assertEqual(shown["ActionAfterCompletion"], "NONE")
        self.scheduler.update_schedule(
            Name=name,
            ScheduleExpression="rate(2 days)",
            FlexibleTimeWindow=OFF,
            Target=shown["Target"],
        )
        updated = self.scheduler.get_schedule(Name=name)
        self.assertEqual(updated["State"], "ENABLED")
        self.assertNotIn("Description", updated)
        self.assertEqual(updated["CreationDate"], shown["CreationDate"])
        self.scheduler.delete_schedule(Name=name)
        self.refused(
            "ResourceNotFoundException",
            f"Schedule {name} does not exist.",
            self.scheduler.get_schedule,
            Name=name,
        )

    def test_groups_pages_and_tags(self):
        group = unique("g")[:64]
        arn = self.scheduler.create_schedule_group(Name=group, Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
        self.assertEqual(self.scheduler.get_schedule_group(Name=group)["State"], "ACTIVE")
        self.scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
        self.scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
        self.assertEqual(self.scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"], [{"Key": "b", "Value": "2"}])
        for i in range(5):
            self.make(f"s{i}", GroupName=group, State="DISABLED")
        pages = self.scheduler.get_paginator("list_schedules").paginate(
            GroupName=group, PaginationConfig={"PageSize": 2}
        )
        names = [[schedule["Name"] for schedule in page["Schedules"]] for page in pages]
        self.assertEqual(names, [["s0", "s1"], ["s2", "s3"], ["s4"]])
        groups = self.scheduler.list_schedule_groups(NamePrefix=group)["ScheduleGroups"]
        self.assertEqual([listed["Name"] for listed in groups], [group])
        self.scheduler.delete_schedule_group(Name=group)
        self.refused(
            "ResourceNotFoundException",
            f"Schedule group {group} does not exist.",
            self.scheduler.list_schedules,
            GroupName=group,
        )

    def test_a_rate_starts_at_once_and_a_one_time_schedule_goes_when_it_is_done(self):
        machine = self.create(PASS)
        target = {"Arn": machine, "RoleArn": ROLE_ARN, "Input": '{"due": "<aws.scheduler.scheduled-time>"}'}
        name = unique("rate")[:64]
        self.make(name, Target=target)
        started = self.becomes(lambda: self.executions(machine), lambda all: len(all) == 1)
        described = self.ended(started[0]["executionArn"])
        self.assertRegex(json.loads(described["input"])["due"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.scheduler.delete_schedule(Name=name)
        once = unique("once")[:64]
        self.make(once, soon(1), Target=target, ActionAfterCompletion="DELETE")
        self.becomes(lambda: self.executions(machine), lambda all: len(all) == 2)
        with self.assertRaises(self.scheduler.exceptions.ResourceNotFoundException):
            self.scheduler.get_schedule(Name=once)

    def test_a_universal_target_calls_any_api_of_this_server(self):
        machine = self.create(PASS)
        name = unique("u")[:64]
        target = {
            "Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution",
            "RoleArn": ROLE_ARN,
            "Input": json.dumps({"StateMachineArn": machine, "Input": '{"b": 2}'}),
        }
        self.make(name, soon(-5), Target=target)
        started = self.becomes(lambda: self.executions(machine), lambda all: len(all) == 1)
        self.assertEqual(self.ended(started[0]["executionArn"])["output"], '{"b": 2}')

    def test_what_aws_refuses(self):
        name = unique("bad")[:64]
        refused = lambda message, **more: self.refused(
            "ValidationException", message, lambda: self.make(name, **more)
        )
        with self.assertRaises(ClientError) as error:
            self.make(name, "cron(0 8 31 2 ? *)")
        message = error.exception.response["Error"]["Message"]
        self.assertTrue(message.startswith("Invalid Schedule Expression cron(0 8 31 2 ? *)."), message)
        refused(
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.",
            FlexibleTimeWindow={"Mode": "FLEXIBLE"},
        )
        read = {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl", "RoleArn": ROLE_ARN, "Input": "{}"}
        refused("getQueueUrl API is not supported.", Target=read)
        bounds = {"Arn": self.create(PASS), "RoleArn": ROLE_ARN, "RetryPolicy": {"MaximumRetryAttempts": 186}}
        with self.assertRaises(ClientError) as error:
            self.make(name, Target=bounds)
        message = error.exception.response["Error"]["Message"]
        self.assertIn("1 validation error detected", message)
        self.assertIn("185", message)
        self.refused(
            "ValidationException",
            "This operation cannot be performed on schedule group default.",
            self.scheduler.delete_schedule_group,
            Name="default",
        )
        self.make(name, State="DISABLED")
        self.refused("ConflictException", f"Schedule {name} already exists.", lambda: self.make(name))
