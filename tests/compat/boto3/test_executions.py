"""Executions, their histories, tasks that others answer, Map Runs."""

import json
import threading

from botocore.exceptions import ClientError

from support import FAIL, PASS, WAIT, Case, unique

CALLBACK = {
    "StartAt": "T",
    "States": {
        "T": {
            "Type": "Task",
            "Resource": None,
            "TimeoutSeconds": 60,
            "HeartbeatSeconds": 30,
            "End": True,
        }
    },
}


class Executions(Case):
    def test_an_execution_from_start_to_end(self):
        machine = self.create(PASS)
        name = unique("execution")
        started = self.sfn.start_execution(stateMachineArn=machine, name=name, input='{"a": 1}')
        self.assertEqual(started["executionArn"], machine.replace(":stateMachine:", ":execution:") + ":" + name)
        described = self.ended(started["executionArn"])
        self.assertEqual(described["status"], "SUCCEEDED")
        self.assertEqual(json.loads(described["output"]), {"a": 1})
        self.assertEqual(described["startDate"], started["startDate"])
        self.assertGreaterEqual(described["stopDate"], described["startDate"])

    def test_the_same_start_again_is_the_same_execution_and_another_one_is_refused(self):
        machine = self.create(WAIT)
        name = unique("execution")
        first = self.sfn.start_execution(stateMachineArn=machine, name=name, input='{"a":1}')
        second = self.sfn.start_execution(stateMachineArn=machine, name=name, input='{"a":1}')
        self.assertEqual(first["executionArn"], second["executionArn"])
        self.assertEqual(first["startDate"], second["startDate"])
        with self.assertRaises(self.sfn.exceptions.ExecutionAlreadyExists):
            self.sfn.start_execution(stateMachineArn=machine, name=name, input='{"a":2}')

    def test_history_forwards_backwards_in_pages_and_without_data(self):
        execution = self.start(self.create(PASS), {"a": 1})
        self.ended(execution)
        events = self.sfn.get_execution_history(executionArn=execution)["events"]
        self.assertEqual([event["id"] for event in events], [1, 2, 3, 4])
        backwards = self.sfn.get_execution_history(executionArn=execution, reverseOrder=True)["events"]
        self.assertEqual(backwards, events[::-1])
        pages = self.sfn.get_paginator("get_execution_history").paginate(
            executionArn=execution, PaginationConfig={"PageSize": 1}
        )
        self.assertEqual([event for page in pages for event in page["events"]], events)
        bare = self.sfn.get_execution_history(executionArn=execution, includeExecutionData=False)["events"]
        self.assertNotIn("input", bare[0]["executionStartedEventDetails"])

    def test_stop(self):
        execution = self.start(self.create(WAIT))
        stopped = self.sfn.stop_execution(executionArn=execution, error="Enough", cause="tested")
        described = self.sfn.describe_execution(executionArn=execution)
        self.assertEqual(
            (described["status"], described["error"], described["cause"], described["stopDate"]),
            ("ABORTED", "Enough", "tested", stopped["stopDate"]),
        )

    def test_redrive(self):
        execution = self.start(self.create(FAIL))
        self.assertEqual(self.ended(execution)["redriveStatus"], "REDRIVABLE")
        self.sfn.redrive_execution(executionArn=execution)
        described = self.becomes(
            lambda: self.sfn.describe_execution(executionArn=execution),
            lambda answer: answer["redriveCount"] == 1 and answer["status"] == "FAILED",
        )
        self.assertIn("redriveDate", described)
        kinds = [event["type"] for event in self.sfn.get_execution_history(executionArn=execution)["events"]]
        self.assertIn("ExecutionRedriven", kinds)

    def test_lists_in_pages_and_by_status(self):
        machine = self.create(WAIT)
        executions = {self.start(machine) for _ in range(5)}
        paginator = self.sfn.get_paginator("list_executions")
        pages = list(paginator.paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 2}))
        self.assertEqual([len(page["executions"]) for page in pages], [2, 2, 1])
        self.assertEqual({one["executionArn"] for page in pages for one in page["executions"]}, executions)
        self.sfn.stop_execution(executionArn=next(iter(executions)))
        by_status = self.sfn.list_executions(stateMachineArn=machine, statusFilter="ABORTED")["executions"]
        self.assertEqual(len(by_status), 1)

    def test_express_synchronous_and_not(self):
        machine = self.create(PASS, type="EXPRESS")
        answer = self.sfn.start_sync_execution(stateMachineArn=machine, input='{"a": 1}')
        self.assertEqual((answer["status"], json.loads(answer["output"])), ("SUCCEEDED", {"a": 1}))
        self.assertIn(":express:", answer["executionArn"])
        failed = self.sfn.start_sync_execution(stateMachineArn=self.create(FAIL, type="EXPRESS"))
        self.assertEqual((failed["status"], failed["error"]), ("FAILED", "Wrong"))
        accepted = self.sfn.start_execution(stateMachineArn=machine)
        self.assertIn(":express:", accepted["executionArn"])
        with self.assertRaises(self.sfn.exceptions.StateMachineTypeNotSupported):
            self.sfn.start_sync_execution(stateMachineArn=self.create(PASS))

    def test_the_state_machine_of_an_execution(self):
        machine = self.create(PASS)
        execution = self.start(machine)
        self.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(FAIL))
        answer = self.sfn.describe_state_machine_for_execution(executionArn=execution)
        self.assertEqual((answer["stateMachineArn"], json.loads(answer["definition"])), (machine, PASS))

    def test_errors_are_classes(self):
        errors = self.sfn.exceptions
        machine = "arn:aws:states:us-east-1:123456789012:stateMachine:none"
        with self.assertRaises(errors.StateMachineDoesNotExist):
            self.sfn.start_execution(stateMachineArn=machine)
        with self.assertRaises(errors.ExecutionDoesNotExist):
            self.sfn.describe_execution(executionArn=machine.replace("stateMachine", "execution") + ":none")
        with self.assertRaises(errors.InvalidArn):
            self.sfn.describe_execution(executionArn="none")
        with self.assertRaises(errors.InvalidExecutionInput):
            self.sfn.start_execution(stateMachineArn=self.create(PASS), input="{")
        with self.assertRaises(errors.InvalidName):
            self.sfn.start_execution(stateMachineArn=self.create(PASS), name="a b")
        with self.assertRaises(errors.InvalidToken):
            self.sfn.send_task_success(taskToken="none", output="{}")
        with self.assertRaises(ClientError) as raised:
            self.sfn.list_executions(stateMachineArn=machine, maxResults=5000)
        self.assertEqual(raised.exception.response["Error"]["Code"], "ValidationException")


class Tasks(Case):
    def activity(self):
        """A state machine with an activity, and its ARN."""
        activity = self.sfn.create_activity(name=unique("activity"))["activityArn"]
        definition = json.loads(json.dumps(CALLBACK))
        definition["States"]["T"]["Resource"] = activity
        return self.create(definition), activity

    def test_an_activity_is_answered(self):
        machine, activity = self.activity()
        execution = self.start(machine, {"a": 1})
        task = self.sfn.get_activity_task(activityArn=activity, workerName="me")
        self.assertEqual(json.loads(task["input"]), {"a": 1})
        self.sfn.send_task_heartbeat(taskToken=task["taskToken"])
        self.sfn.send_task_success(taskToken=task["taskToken"], output='{"b": 2}')
        self.assertEqual(json.loads(self.ended(execution)["output"]), {"b": 2})
        with self.assertRaises(self.sfn.exceptions.TaskTimedOut):
            self.sfn.send_task_success(taskToken=task["taskToken"], output="{}")

    def test_a_worker_waits_for_its_task_and_fails_it(self):
        machine, activity = self.activity()
        tasks = []
        worker = threading.Thread(target=lambda: tasks.append(self.sfn.get_activity_task(activityArn=activity)))
        worker.start()
        execution = self.start(machine)
        worker.join()
        self.sfn.send_task_failure(taskToken=tasks[0]["taskToken"], error="Broken", cause="on purpose")
        described = self.ended(execution)
        self.assertEqual((described["status"], described["error"], described["cause"]), ("FAILED", "Broken", "on purpose"))

    def test_activities_are_described_listed_in_pages_and_deleted(self):
        arns = {self.sfn.create_activity(name=unique("activity"))["activityArn"] for _ in range(3)}
        pages = self.sfn.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 1})
        self.assertLessEqual(arns, {one["activityArn"] for page in pages for one in page["activities"]})
        for arn in arns:
            self.assertEqual(self.sfn.describe_activity(activityArn=arn)["activityArn"], arn)
            self.sfn.delete_activity(activityArn=arn)
            with self.assertRaises(self.sfn.exceptions.ActivityDoesNotExist):
                self.sfn.describe_activity(activityArn=arn)


class MapRuns(Case):
    def definition(self, state):
        processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "S"}
        return {
            "StartAt": "M",
            "States": {
                "M": {"Type": "Map", "ItemProcessor": {**processor, "States": {"S": state}}, "Label": "Lots", "End": True}
            },
        }

    def test_a_map_run_is_listed_and_described(self):
        machine = self.create(self.definition({"Type": "Pass", "End": True}))
        execution = self.start(machine, [1, 2, 3])
        self.assertEqual(json.loads(self.ended(execution)["output"]), [1, 2, 3])
        pages = self.sfn.get_paginator("list_map_runs").paginate(executionArn=execution)
        [run] = [run for page in pages for run in page["mapRuns"]]
        described = self.sfn.describe_map_run(mapRunArn=run["mapRunArn"])
        self.assertEqual((described["status"], described["itemCounts"]["succeeded"]), ("SUCCEEDED", 3))
        children = self.sfn.list_executions(mapRunArn=run["mapRunArn"])["executions"]
        self.assertEqual(len(children), 3)

    def test_a_map_run_is_updated(self):
        machine = self.create(self.definition({"Type": "Wait", "Seconds": 3600, "End": True}))
        execution = self.start(machine, [1, 2, 3])
        [run] = self.becomes(
            lambda: self.sfn.list_map_runs(executionArn=execution)["mapRuns"], lambda runs: len(runs) == 1
        )
        self.sfn.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=2, toleratedFailureCount=1)
        described = self.sfn.describe_map_run(mapRunArn=run["mapRunArn"])
        self.assertEqual((described["maxConcurrency"], described["toleratedFailureCount"]), (2, 1))
        self.sfn.stop_execution(executionArn=execution)
