"""EventBridge: rules, their targets, what reaches them; connections and API destinations."""

import json

import boto3
from botocore.exceptions import ClientError

import sink
from support import FAIL, PASS, ROLE_ARN, Case, unique

ACCOUNT = "arn:aws:{}:us-east-1:123456789012:{}"


class Events(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = boto3.client("events")

    def rule(self, target, **more):
        """The name of a rule with one target."""
        name = unique("rule")
        self.events.put_rule(Name=name, **more)
        bus = {"EventBusName": more["EventBusName"]} if "EventBusName" in more else {}
        answer = self.events.put_targets(Rule=name, Targets=[{"Id": "1", **target}], **bus)
        self.assertEqual(answer["FailedEntryCount"], 0)
        return name

    def started(self, machine):
        """The only execution of a state machine, when it has ended."""
        listed = self.becomes(
            lambda: self.sfn.list_executions(stateMachineArn=machine)["executions"],
            lambda executions: executions and executions[0]["status"] != "RUNNING",
        )
        self.assertEqual(len(listed), 1)
        return self.sfn.describe_execution(executionArn=listed[0]["executionArn"])

    def refused(self, code, message, call, **members):
        with self.assertRaises(ClientError) as caught:
            call(**members)
        error = caught.exception.response["Error"]
        self.assertEqual((error["Code"], error["Message"]), (code, message))

    def test_the_end_of_an_execution_starts_another_state_machine(self):
        first, second = self.create(FAIL), self.create(PASS)
        pattern = {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [first], "status": [{"anything-but": "RUNNING"}]},
        }
        paths = {"of": "$.detail.executionArn", "error": "$.detail.error", "input": "$.detail.input"}
        template = '{"of": <of>, "why": "it ended with <error>", "rule": <aws.events.rule-name>, "input": <input>}'
        transformer = {"InputPathsMap": paths, "InputTemplate": template}
        target = {"Arn": second, "RoleArn": ROLE_ARN, "InputTransformer": transformer}
        rule = self.rule(target, EventPattern=json.dumps(pattern))
        execution = self.start(first, {"a": 1})
        expected = {"of": execution, "why": "it ended with Wrong", "rule": rule, "input": '{"a": 1}'}
        self.assertEqual(json.loads(self.started(second)["output"]), expected)

    def test_events_of_a_bus_reach_the_rules_that_they_match(self):
        bus = unique("bus")
        arn = self.events.create_event_bus(Name=bus)["EventBusArn"]
        machine = self.create(PASS)
        target = {"Arn": machine, "RoleArn": ROLE_ARN, "InputPath": "$.detail"}
        pattern = {"source": [{"prefix": "my."}], "detail": {"n": [{"numeric": [">", 1]}]}}
        self.rule(target, EventBusName=bus, EventPattern=json.dumps(pattern))
        entry = {"Source": "my.app", "DetailType": "t", "EventBusName": arn}
        answer = self.events.put_events(
            Entries=[
                {**entry, "Detail": '{"n": 1}'},
                {**entry, "Detail": '{"n": 2}'},
                {**entry, "Detail": "[]"},
                {**entry, "EventBusName": bus + "-gone", "Detail": "{}"},
            ]
        )
        self.assertEqual(answer["FailedEntryCount"], 2)
        codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
        self.assertEqual(codes, [None, None, "MalformedDetail", "InvalidArgument"])
        started = self.started(machine)
        self.assertEqual(json.loads(started["output"]), {"n": 2})
        self.assertTrue(started["name"].startswith(answer["Entries"][1]["EventId"]), started["name"])

    def test_a_task_puts_events_onto_a_bus_of_this_server(self):
        bus = unique("bus")
        self.events.create_event_bus(Name=bus)
        machine = self.create(PASS)
        pattern = json.dumps({"source": ["task"]})
        self.rule({"Arn": machine, "RoleArn": ROLE_ARN}, EventBusName=bus, EventPattern=pattern)
        entry = {"Source": "task", "DetailType": "t", "Detail": {"a.$": "$.a"}, "EventBusName": bus}
        definition = {
            "StartAt": "P",
            "States": {
                "P": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::events:putEvents",
                    "Parameters": {"Entries": [entry]},
                    "End": True,
                }
            },
        }
        putting = self.create(definition)
        execution = self.start(putting, {"a": "b"})
        self.assertEqual(self.ended(execution)["status"], "SUCCEEDED")
        event = json.loads(self.started(machine)["input"])
        self.assertEqual(event["detail"], {"a": "b"})
        self.assertEqual(event["resources"], [putting, execution])
        self.assertEqual((event["account"], event["region"], event["version"]), ("123456789012", "us-east-1", "0"))

    def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(self):
        sink.url()
        queue, source = unique("dead"), unique("source")
        target = {
            "Arn": ACCOUNT.format("sqs", "gone"),
            "DeadLetterConfig": {"Arn": ACCOUNT.format("sqs", queue)},
            "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
        }
        rule = self.rule(target, EventPattern=json.dumps({"source": [source]}))
        self.events.put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": '{"a": 1}'}])
        [(_, _, _, body)] = self.becomes(
            lambda: sink.requests(lambda _method, _path, _headers, body: f"/{queue}" in body), bool
        )
        message = json.loads(body)
        self.assertEqual(json.loads(message["MessageBody"])["detail"], {"a": 1})
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        self.assertEqual(attributes["RULE_ARN"], ACCOUNT.format("events", f"rule/{rule}"))
        self.assertIn("ERROR_CODE", attributes)

    def test_an_api_destination_is_called_with_a_token(self):
        url, source = sink.url(), unique("source")
        connection = self.events.create_connection(
            Name=unique("connection"),
            AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
            AuthParameters={
                "OAuthParameters": {
                    "ClientParameters": {"ClientID": "me", "ClientSecret": "hush"},
                    "AuthorizationEndpoint": f"{url}/token",
                    "HttpMethod": "POST",
                },
                "InvocationHttpParameters": {
                    "HeaderParameters": [{"Key": "X-Secret", "Value": "hidden", "IsValueSecret": True}],
                    "BodyParameters": [{"Key": "by", "Value": "connection"}],
                },
            },
        )
        self.assertEqual(connection["ConnectionState"], "AUTHORIZED")
        name = connection["ConnectionArn"].split("/")[1]
        shown = self.events.describe_connection(Name=name)
        self.assertNotIn("hush", str(shown))
        self.assertNotIn("hidden", str(shown))
        destination = self.events.create_api_destination(
            Name=unique("destination"),
            ConnectionArn=connection["ConnectionArn"],
            InvocationEndpoint=f"{url}/items/*",
            HttpMethod="PUT",
        )
        target = {
            "Arn": destination["ApiDestinationArn"],
            "RoleArn": ROLE_ARN,
            "InputPath": "$.detail",
            "HttpParameters": {
                "PathParameterValues": [source],
                "HeaderParameters": {"X-Of": "$.detail.a"},
                "QueryStringParameters": {"q": "a b"},
            },
        }
        self.rule(target, EventPattern=json.dumps({"source": [source]}))
        self.events.put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": '{"a": 1}'}])
        [(method, path, headers, body)] = self.becomes(
            lambda: sink.requests(lambda _method, path, _headers, _body: path.startswith(f"/items/{source}")), bool
        )
        self.assertEqual((method, path), ("PUT", f"/items/{source}?q=a%20b"))
        headers = {name.lower(): value for name, value in headers.items()}
        self.assertEqual((headers["authorization"], headers["x-of"]), ("Bearer token-1", "1"))
        self.assertEqual(headers["x-secret"], "hidden")
        self.assertEqual(json.loads(body), {"a": 1, "by": "connection"})
        [(_, _, _, asked)] = sink.requests(lambda _method, path, _headers, _body: path == "/token")
        self.assertEqual(asked, "grant_type=client_credentials&client_id=me&client_secret=hush")

    def test_rules_and_targets_are_listed_in_pages(self):
        bus = unique("bus")
        self.events.create_event_bus(Name=bus, Tags=[{"Key": "a", "Value": "b"}])
        names = [f"rule-{number}" for number in range(5)]
        for name in names:
            self.events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source": ["x"]}')
        token, found = {}, []
        while True:
            page = self.events.list_rules(EventBusName=bus, Limit=2, **token)
            found += [rule["Name"] for rule in page["Rules"]]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        self.assertEqual(found, names)
        queue = ACCOUNT.format("sqs", "q")
        targets = [{"Id": str(number), "Arn": queue, "Input": "{}"} for number in range(3)]
        self.events.put_targets(Rule="rule-1", EventBusName=bus, Targets=targets)
        self.assertEqual(self.events.list_targets_by_rule(Rule="rule-1", EventBusName=bus)["Targets"], targets)
        named = self.events.list_rule_names_by_target(TargetArn=queue, EventBusName=bus)
        self.assertEqual(named["RuleNames"], ["rule-1"])
        described = self.events.describe_event_bus(Name=bus)
        self.assertEqual(self.events.list_tags_for_resource(ResourceARN=described["Arn"])["Tags"][0]["Key"], "a")

    def test_bad_input_is_refused_in_the_words_of_aws(self):
        refused, events = self.refused, self.events
        validation = "ValidationException"
        refused("ResourceNotFoundException", "Rule nothing does not exist on EventBus default.", events.describe_rule, Name="nothing")
        refused("ResourceNotFoundException", "Event bus nothing does not exist.", events.describe_event_bus, Name="nothing")
        refused(
            validation,
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            events.put_rule,
            Name="r",
        )
        refused(
            validation,
            "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+",
            events.put_rule,
            Name="a b",
            EventPattern='{"source": ["x"]}',
        )
        for pattern in ["{", "[]", '{"source": "x"}', '{"source": [{"numeric": ["=", "x"]}]}', "{}"]:
            with self.assertRaises(events.exceptions.InvalidEventPatternException) as caught:
                events.put_rule(Name="r", EventPattern=pattern)
            self.assertTrue(caught.exception.response["Error"]["Message"].startswith("Event pattern is not valid."))
        for schedule in ["rate(1 minutes)", "cron(* * * * *)", "cron(0 0 31 2 ? *)", "at(2030-01-01T00:00:00)", "x"]:
            with self.assertRaises(ClientError) as caught:
                events.put_rule(Name="r", ScheduleExpression=schedule)
            error = caught.exception.response["Error"]
            self.assertEqual(error["Code"], validation)
            self.assertTrue(error["Message"].startswith("Parameter ScheduleExpression is not valid."), error)
        refused(validation, "Cannot delete event bus default.", events.delete_event_bus, Name="default")
        machine = ACCOUNT.format("states", "stateMachine:m")
        rule = self.rule({"Arn": ACCOUNT.format("sqs", "q")}, EventPattern='{"source": ["x"]}')
        refused(
            validation,
            f"RoleArn is required for target {machine}.",
            events.put_targets,
            Rule=rule,
            Targets=[{"Id": "1", "Arn": machine}],
        )
        refused(validation, "Rule can't be deleted since it has targets.", events.delete_rule, Name=rule)
