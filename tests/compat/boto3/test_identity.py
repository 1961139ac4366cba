"""IAM and STS: roles and policies are stored and shown; whose account it is."""

import json
import os
import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import sink
from support import unique

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}


class Identity(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.iam = boto3.client("iam")
        cls.sts = boto3.client("sts")

    def test_what_is_not_here_goes_on_to_the_endpoint(self):
        sink.url()
        name = unique("parameter")
        boto3.client("ssm").get_parameter(Name=name)
        [(method, path, headers, _)] = sink.requests(lambda _method, _path, _headers, body: f'"{name}"' in body)
        headers = {key.lower(): value for key, value in headers.items()}
        self.assertEqual((method, path, headers["x-amz-target"]), ("POST", "/", "AmazonSSM.GetParameter"))
        boto3.client("apigatewayv2").get_apis(MaxResults=name)
        [(path, body)] = [(path, body) for method, path, _, body in sink.REQUESTS if method == "GET"]
        self.assertEqual((path, body), (f"/v2/apis?maxResults={name}", ""))
        queue = "http://127.0.0.1/123456789012/gone"
        with self.assertRaises(ClientError) as caught:
            boto3.client("sqs").send_message(QueueUrl=queue, MessageBody="m")
        self.assertEqual(caught.exception.response["Error"]["Message"], "The specified queue does not exist.")

    def refused(self, code, status, call, **members):
        with self.assertRaises(ClientError) as caught:
            call(**members)
        answer = caught.exception.response
        self.assertEqual((answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]), (code, status), answer)
        return answer["Error"]["Message"]

    def test_who_calls(self):
        identity = self.sts.get_caller_identity()
        self.assertEqual(identity["Account"], "123456789012")
        self.assertTrue(identity["Arn"].startswith("arn:aws:iam::123456789012:"), identity)
        self.assertTrue(identity["ResponseMetadata"]["RequestId"])
        message = self.refused(
            "InvalidAction", 400, self.sts.assume_role, RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="me"
        )
        self.assertIn("not enforced or assumed", message)

    def test_a_role_from_creation_to_deletion(self):
        name = unique("role")[:60]
        created = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Path="/a/", Tags=[{"Key": "k", "Value": "v 1+2=3"}]
        )["Role"]
        self.assertEqual(created["Arn"], f"arn:aws:iam::123456789012:role/a/{name}")
        role = self.iam.get_role(RoleName=name)["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"], TRUST)
        self.assertEqual(role["Tags"], [{"Key": "k", "Value": "v 1+2=3"}])
        self.assertEqual(role["CreateDate"], created["CreateDate"])
        with self.assertRaises(self.iam.exceptions.EntityAlreadyExistsException):
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))

        self.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(ALLOW))
        self.assertEqual(self.iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"], ALLOW)
        policy = self.iam.create_policy(PolicyName=unique("p"), PolicyDocument=json.dumps(ALLOW))["Policy"]
        self.iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
        attached = self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        self.assertEqual(attached, [{"PolicyName": policy["PolicyName"], "PolicyArn": policy["Arn"]}])
        version = self.iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]
        self.assertEqual((version["Document"], version["IsDefaultVersion"]), (ALLOW, True))

        with self.assertRaises(self.iam.exceptions.DeleteConflictException):
            self.iam.delete_role(RoleName=name)
        self.iam.detach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
        self.iam.delete_role_policy(RoleName=name, PolicyName="inline")
        self.iam.delete_policy(PolicyArn=policy["Arn"])
        self.iam.delete_role(RoleName=name)
        with self.assertRaises(self.iam.exceptions.NoSuchEntityException):
            self.iam.get_role(RoleName=name)

    def test_lists_come_in_pages(self):
        path = f"/{unique('list')}/"
        for number in range(3):
            self.iam.create_role(RoleName=unique(str(number))[:60], Path=path, AssumeRolePolicyDocument=json.dumps(TRUST))
        pages = self.iam.get_paginator("list_roles").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2})
        self.assertEqual([len(page["Roles"]) for page in pages], [2, 1])

    def test_what_is_wrong_is_told_as_on_aws(self):
        create = self.iam.create_role
        message = self.refused("MalformedPolicyDocument", 400, create, RoleName="r", AssumeRolePolicyDocument="{")
        self.assertEqual(message, "This policy contains invalid Json")
        message = self.refused("ValidationError", 400, create, RoleName="a/b", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.assertEqual(
            message,
            "1 validation error detected: Value 'a/b' at 'roleName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w+=,.@-]+",
        )

    def test_iam_is_the_same_in_all_regions(self):
        """Clients sign for the region where AWS has it."""
        for region in ["us-east-1", "eu-central-1"]:
            boto3.client("iam", region_name=region).list_roles()

    @unittest.skipUnless(os.environ.get("STEPWRIGHT_SIGNED"), "the server asks nobody for a signature")
    def test_other_keys_are_refused_in_every_protocol(self):
        wrong = {"aws_access_key_id": "testing", "aws_secret_access_key": "wrong"}
        stranger = {"aws_access_key_id": "stranger", "aws_secret_access_key": "testing"}
        for service, operation in [
            ("stepfunctions", "list_state_machines"),
            ("sts", "get_caller_identity"),
            ("events", "list_rules"),
            ("scheduler", "list_schedules"),
            ("lambda", "list_functions"),
            ("ssm", "describe_parameters"),
        ]:
            for keys, code in [(wrong, "InvalidSignatureException"), (stranger, "UnrecognizedClientException")]:
                client = boto3.client(service, config=Config(retries={"max_attempts": 0}), **keys)
                self.refused(code, 400, getattr(client, operation))
