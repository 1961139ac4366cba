"""State machines, versions, aliases, tags, checks."""

import json

from support import CALLED, FAIL, PASS, ROLE_ARN, Case, unique


class StateMachines(Case):
    def test_from_creation_to_deletion(self):
        machine = self.create(PASS)
        described = self.sfn.describe_state_machine(stateMachineArn=machine)
        self.assertEqual(
            (described["status"], described["type"], described["roleArn"], json.loads(described["definition"])),
            ("ACTIVE", "STANDARD", ROLE_ARN, PASS),
        )
        updated = self.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(FAIL))
        self.assertGreaterEqual(updated["updateDate"], described["creationDate"])
        described = self.sfn.describe_state_machine(stateMachineArn=machine)
        self.assertEqual(json.loads(described["definition"]), FAIL)
        self.sfn.delete_state_machine(stateMachineArn=machine)
        self.becomes(
            lambda: [one["stateMachineArn"] for one in self.sfn.list_state_machines()["stateMachines"]],
            lambda arns: machine not in arns,
        )

    def test_the_same_creation_again_is_the_same_machine_and_another_one_is_refused(self):
        name = unique("machine")
        create = {"name": name, "definition": json.dumps(PASS), "roleArn": ROLE_ARN}
        first = self.sfn.create_state_machine(**create)
        second = self.sfn.create_state_machine(**create)
        self.assertEqual(first["creationDate"], second["creationDate"])
        with self.assertRaises(self.sfn.exceptions.StateMachineAlreadyExists):
            self.sfn.create_state_machine(**{**create, "definition": json.dumps(FAIL)})

    def test_lists_in_pages(self):
        arns = {self.create(PASS) for _ in range(3)}
        pages = self.sfn.get_paginator("list_state_machines").paginate(PaginationConfig={"PageSize": 1})
        self.assertLessEqual(arns, {one["stateMachineArn"] for page in pages for one in page["stateMachines"]})

    def test_versions_and_aliases(self):
        machine = self.create(PASS)
        one = self.sfn.publish_state_machine_version(stateMachineArn=machine, description="first")
        self.assertEqual(one["stateMachineVersionArn"], machine + ":1")
        two = self.sfn.update_state_machine(stateMachineArn=machine, definition=json.dumps(FAIL), publish=True)
        self.assertEqual(two["stateMachineVersionArn"], machine + ":2")
        versions = self.sfn.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
        self.assertEqual([version["stateMachineVersionArn"] for version in versions], [machine + ":2", machine + ":1"])

        half = [{"stateMachineVersionArn": f"{machine}:{version}", "weight": 50} for version in (1, 2)]
        alias = self.sfn.create_state_machine_alias(name="live", routingConfiguration=half)["stateMachineAliasArn"]
        self.assertEqual(alias, machine + ":live")
        everything = [{"stateMachineVersionArn": machine + ":1", "weight": 100}]
        self.sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=everything)
        described = self.sfn.describe_state_machine_alias(stateMachineAliasArn=alias)
        self.assertEqual(described["routingConfiguration"], everything)
        listed = self.sfn.list_state_machine_aliases(stateMachineArn=machine)["stateMachineAliases"]
        self.assertEqual([one["stateMachineAliasArn"] for one in listed], [alias])

        execution = self.ended(self.start(alias))
        self.assertEqual(
            (execution["status"], execution["stateMachineAliasArn"], execution["stateMachineVersionArn"]),
            ("SUCCEEDED", alias, machine + ":1"),
        )
        with self.assertRaises(self.sfn.exceptions.ConflictException):
            self.sfn.delete_state_machine_version(stateMachineVersionArn=machine + ":1")
        self.sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
        self.sfn.delete_state_machine_version(stateMachineVersionArn=machine + ":1")
        versions = self.sfn.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
        self.assertEqual([version["stateMachineVersionArn"] for version in versions], [machine + ":2"])

    def test_tags(self):
        machine = self.create(PASS, tags=[{"key": "a", "value": "1"}])
        self.sfn.tag_resource(resourceArn=machine, tags=[{"key": "b", "value": "2"}])
        self.sfn.untag_resource(resourceArn=machine, tagKeys=["a"])
        tags = self.sfn.list_tags_for_resource(resourceArn=machine)["tags"]
        self.assertEqual(tags, [{"key": "b", "value": "2"}])

    def test_definitions_are_checked(self):
        good = self.sfn.validate_state_machine_definition(definition=json.dumps(PASS))
        self.assertEqual((good["result"], good["diagnostics"]), ("OK", []))
        bad = self.sfn.validate_state_machine_definition(definition='{"StartAt": "none", "States": {}}')
        self.assertEqual(bad["result"], "FAIL")
        self.assertTrue(bad["diagnostics"])
        with self.assertRaises(self.sfn.exceptions.InvalidDefinition):
            self.create({})

    def test_a_state_alone(self):
        state = {"Type": "Pass", "Result": {"b": 2}, "ResultPath": "$.c", "Next": "Other"}
        answer = self.sfn.test_state(definition=json.dumps(state), roleArn=ROLE_ARN, input='{"a": 1}')
        self.assertEqual((answer["status"], answer["nextState"]), ("SUCCEEDED", "Other"))
        self.assertEqual(json.loads(answer["output"]), {"a": 1, "c": {"b": 2}})


class ZEveryOperation(Case):
    """Runs last, by its name."""

    def test_none_was_left_out(self):
        self.assertEqual(set(self.sfn.meta.service_model.operation_names) - CALLED, set())
