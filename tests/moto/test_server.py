"""The wrapper tells a careful operator from a careless one. Run with `python -m unittest` in this folder."""

import importlib.util
import json
import os
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from unittest import mock

import boto3
from botocore.exceptions import ClientError

import seed

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"


def load(path):
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    module = importlib.util.module_from_spec(spec)
    with mock.patch.object(sys, "dont_write_bytecode", True):
        spec.loader.exec_module(module)
    return module


class ServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen(
            [sys.executable, HERE / "server.py", "--until-stdin-closes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        cls.url = json.loads(cls.process.stdout.readline())["endpointUrl"]
        cls.environment = mock.patch.dict(
            os.environ,
            {
                "AWS_ENDPOINT_URL": cls.url,
                "AWS_DEFAULT_REGION": seed.REGION,
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
            },
        )
        cls.environment.start()

    @classmethod
    def tearDownClass(cls):
        cls.environment.stop()
        cls.process.stdin.close()
        cls.process.stdout.close()
        cls.process.wait()

    def setUp(self):
        seed.post(f"{self.url}/fleet/reset", {})
        self.seeded = seed.main(self.url)
        self.group = self.seeded["rollingRestart"]["targetGroupArn"]
        self.servers = self.seeded["instanceIds"]
        self.elb = boto3.client("elbv2")
        self.ec2 = boto3.client("ec2")
        self.monitoring = load(EXAMPLES / "rolling-restart/functions/monitoring/app.py")
        self.startup = load(EXAMPLES / "rolling-restart/functions/startup_check/app.py")

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as response:
            return json.load(response)

    def switch(self, action, names=None):
        names = names or {"alarmNames": list(seed.ALARMS), "ruleNames": list(seed.RULES)}
        return self.monitoring.handler({"action": action, **names}, None)

    def state(self, server):
        answer = self.elb.describe_target_health(TargetGroupArn=self.group, Targets=[{"Id": server}])
        return answer["TargetHealthDescriptions"][0]["TargetHealth"]["State"]

    def wait_for(self, server, state):
        seen = []
        while not seen or seen[-1] != state:
            self.assertLess(len(seen), 10, seen)
            seen.append(self.state(server))
        return seen

    def deregister(self, server):
        self.elb.deregister_targets(TargetGroupArn=self.group, Targets=[{"Id": server}])

    def register(self, server):
        self.elb.register_targets(TargetGroupArn=self.group, Targets=[{"Id": server}])

    def reboot(self, server):
        self.ec2.reboot_instances(InstanceIds=[server])

    def check(self, server):
        event = {"instanceId": server, "attempt": 0, "startupCheck": self.seeded["rollingRestart"]["startupCheck"]}
        return self.startup.handler(event, None)

    def check_until_started(self, server):
        with self.assertRaisesRegex(self.startup.InstanceNotYetStartedException, "status 503"):
            self.check(server)
        self.check(server)

    def violations(self):
        return self.get("/fleet")["violations"]

    def test_a_careful_restart_is_without_violations(self):
        switched = self.switch("disable")
        self.assertEqual(switched["alarmNames"], ["web-5xx-rate", "web-latency-p99"])
        self.assertEqual(switched["ruleNames"], ["web-instance-state-change", "web-scale-in"])
        for server in self.servers:
            self.deregister(server)
            self.assertEqual(self.wait_for(server, "unused"), ["draining", "draining", "unused"])
            self.reboot(server)
            self.check_until_started(server)
            self.register(server)
            self.assertEqual(self.wait_for(server, "healthy"), ["initial", "unhealthy", "healthy"])
        self.switch("enable", switched)
        report = self.get("/fleet")
        self.assertEqual(report["violations"], [])
        self.assertEqual(report["peakOutOfService"], 1)
        self.assertEqual(report["rebooted"], self.servers)
        self.assertEqual(set(report["targets"].values()), {"healthy"})
        self.assertEqual((report["alarms"], report["rules"]), (seed.ALARMS, seed.RULES))
        first = [effect["effect"] for effect in report["effects"] if effect.get("instanceId") == self.servers[0]]
        expected = ["deregistered", "drained", "rebooted", "startup check failed", "startup check passed"]
        self.assertEqual(first, [*expected, "registered", "healthy"])

    def test_a_reboot_without_waiting_for_the_drain_shows(self):
        self.switch("disable")
        self.deregister(self.servers[0])
        self.reboot(self.servers[0])
        self.reboot(self.servers[1])
        draining, healthy = self.violations()
        self.assertTrue(draining.endswith(" was rebooted while it was draining"), draining)
        self.assertTrue(healthy.endswith(" was rebooted while it was healthy"), healthy)

    def test_a_second_reboot_shows(self):
        self.switch("disable")
        self.deregister(self.servers[0])
        self.wait_for(self.servers[0], "unused")
        self.reboot(self.servers[0])
        self.reboot(self.servers[0])
        self.assertIn("was rebooted 2 times", self.violations()[0])

    def test_a_registration_without_startup_check_shows_and_stays_unhealthy(self):
        self.switch("disable")
        self.deregister(self.servers[0])
        self.wait_for(self.servers[0], "unused")
        self.reboot(self.servers[0])
        self.register(self.servers[0])
        self.assertIn("was registered before it had started", self.violations()[0])
        self.assertEqual({self.state(self.servers[0]) for _ in range(20)}, {"initial", "unhealthy"})

    def test_not_waiting_for_health_raises_the_peak(self):
        self.switch("disable")
        for server in self.servers[:3]:
            self.deregister(server)
            self.wait_for(server, "unused")
            self.register(server)
        self.assertEqual(self.get("/fleet")["peakOutOfService"], 3)

    def test_monitoring_that_is_on_during_a_restart_shows(self):
        self.deregister(self.servers[0])
        self.assertIn("while monitoring was enabled: web-5xx-rate, web-latency-p99, web-instance", self.violations()[0])

    def test_a_server_that_never_starts(self):
        seed.post(f"{self.url}/fleet/configure", {"never_start": [self.servers[0]]})
        self.switch("disable")
        self.deregister(self.servers[0])
        self.wait_for(self.servers[0], "unused")
        self.reboot(self.servers[0])
        for _ in range(5):
            with self.assertRaises(self.startup.InstanceNotYetStartedException):
                self.check(self.servers[0])

    def test_the_whole_group_shows_what_drains_and_not_what_is_gone(self):
        self.deregister(self.servers[0])
        states = []
        for _ in range(3):
            answer = self.elb.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
            states.append([target["TargetHealth"]["State"] for target in answer].count("draining") + len(answer))
        self.assertEqual(states, [7, 7, 5])

    def test_wrong_names_change_nothing(self):
        with self.assertRaisesRegex(self.monitoring.AlarmNotFoundException, "no-such-alarm"):
            self.switch("disable", {"alarmNames": ["web-5xx-rate", "no-such-alarm"], "ruleNames": []})
        with self.assertRaises(ClientError):
            self.switch("disable", {"alarmNames": ["web-5xx-rate"], "ruleNames": ["no-such-rule"]})
        self.assertEqual(self.get("/fleet")["alarms"], seed.ALARMS)

    def test_enabling_goes_on_after_a_failure(self):
        self.switch("disable")
        with self.assertRaisesRegex(self.monitoring.MonitoringNotEnabledException, "rule no-such-rule: "):
            self.switch("enable", {"alarmNames": ["web-5xx-rate"], "ruleNames": ["no-such-rule", "web-scale-in"]})
        report = self.get("/fleet")
        self.assertEqual((report["alarms"]["web-5xx-rate"], report["rules"]["web-scale-in"]), (True, "ENABLED"))

    def test_patches_come_in_pages(self):
        ssm = boto3.client("ssm")
        pages, token = [], {}
        while not pages or token:
            page = ssm.describe_instance_patches(InstanceId=self.servers[1], MaxResults=50, **token)
            pages.append([patch["State"] for patch in page["Patches"]])
            token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
        self.assertEqual([len(page) for page in pages], [50, 50, 19])
        self.assertEqual(sum(pages, []).count("MISSING"), 3)
        for wrong, code in [
            ({"InstanceId": "i-00000000000000000"}, "InvalidInstanceId"),
            ({"InstanceId": self.servers[0], "NextToken": "x"}, "InvalidNextToken"),
        ]:
            with self.assertRaises(ClientError) as raised:
                ssm.describe_instance_patches(**wrong)
            self.assertEqual(raised.exception.response["Error"]["Code"], code)

    def test_what_is_published_arrives(self):
        boto3.client("sns").publish(
            TopicArn=self.seeded["variables"]["AlarmTopicArn"], Subject="Rolling restart failed", Message="line 1\nline 2"
        )
        messages = boto3.client("sqs").receive_message(QueueUrl=self.seeded["queueUrl"])["Messages"]
        self.assertEqual([message["Body"] for message in messages], ["line 1\nline 2"])

    def test_the_startup_check_can_be_simulated(self):
        check = {"simulate": {"neverStart": ["i-1"], "slowStart": {"i-2": 1}}}

        def starts(instance_id, attempt):
            event = {"instanceId": instance_id, "attempt": attempt, "startupCheck": check}
            try:
                return self.startup.handler(event, None)["simulated"]
            except self.startup.InstanceNotYetStartedException:
                return False

        self.assertEqual([starts(i, n) for i, n in [("i-1", 9), ("i-2", 0), ("i-2", 1), ("i-3", 0)]], [0, 0, 1, 1])

    def test_the_startup_check_opens_web_pages_only(self):
        event = {"instanceId": "passwd", "attempt": 0, "startupCheck": {"healthUrl": "file:///etc/{instanceId}"}}
        with self.assertRaises(self.startup.HealthUrlRefusedException):
            self.startup.handler(event, None)

    def test_the_summary_can_be_read(self):
        summary = load(EXAMPLES / "patch-report/functions/summary/app.py")
        fine = {"instanceId": "i-2", "counts": {"INSTALLED": 7, "INSTALLED_OTHER": 2}, "openPatches": []}
        patch = {"title": "Update", "kbId": "KB1", "severity": "Critical", "state": "MISSING"}
        lacking = {"instanceId": "i-1", "name": "wéb-1", "counts": {"MISSING": 1}, "openPatches": [patch]}
        report = summary.handler({"tag": "Group=wéb", "date": "2026-11-22", "instances": [fine, lacking]}, None)
        self.assertEqual(report["subject"], "Patches of Group=w?b: 1 of 2 instances has open patches")
        self.assertEqual((report["instances"], report["instancesWithOpenPatches"]), (2, 1))
        self.assertEqual(
            report["message"].splitlines()[4:],
            [
                "instance  name   installed  missing  failed  waiting for a reboot",
                "i-1       wéb-1          0        1       0                     0",
                "i-2                      9        0       0                     0",
                "",
                "i-1 wéb-1",
                "  Critical    missing: Update (KB1)",
            ],
        )
        many = [{**lacking, "openPatches": [{**patch, "title": "x" * 1000}] * 300}]
        message = summary.handler({"tag": "t", "date": "d", "instances": many}, None)["message"]
        self.assertLess(len(message.encode()), 262_144)
        self.assertTrue(message.endswith("… shortened\n"))

    def test_unknown_settings_are_refused(self):
        with self.assertRaises(urllib.error.HTTPError) as raised:
            seed.post(f"{self.url}/fleet/configure", {"never_strat": []})
        self.assertEqual(raised.exception.code, 400)
        raised.exception.close()


if __name__ == "__main__":
    unittest.main()
