"""Sets up what the two example workflows work on: six servers behind a load balancer, their monitoring, and a topic.

    python seed.py ENDPOINT_URL

Prints a JSON object: `rollingRestart` and `patchReport` (inputs of the workflows), `variables` (for `--var`), `queueUrl`
(gets what is published to the topic, as it is), `instanceIds`, `alarms` and `rules` (their states before).
"""

import json
import sys
import urllib.request

import boto3

REGION = "eu-west-1"
SERVERS = 6

# One of those that moto knows.
IMAGE_ID = "ami-12c6146b"

# One of each is off before, and has to be off afterwards.
ALARMS = {"web-5xx-rate": True, "web-latency-p99": True, "web-disk-space": False}
RULES = {"web-instance-state-change": "ENABLED", "web-scale-in": "ENABLED", "web-retired": "DISABLED"}

# The second server lacks patches, the third waits for a reboot; both have several pages of them.
OPEN_PATCHES = [
    {"INSTALLED": 115, "MISSING": 3, "FAILED": 1},
    {"INSTALLED": 61, "INSTALLED_PENDING_REBOOT": 2},
]


def main(endpoint_url):
    session = boto3.Session(region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")

    def client(service):
        return session.client(service, endpoint_url=endpoint_url)

    instance_ids = launch_servers(client("ec2"))
    topic_arn, queue_url = create_topic(client("sns"), client("sqs"))
    create_monitoring(client("cloudwatch"), client("events"), topic_arn)
    target_group_arn = create_target_group(client("ec2"), client("elbv2"), instance_ids)
    post(f"{endpoint_url}/fleet/configure", {"patch_counts": dict(zip(instance_ids[1:], OPEN_PATCHES))})
    post(f"{endpoint_url}/fleet/reset-log", {})
    return {
        "rollingRestart": {
            "targetGroupArn": target_group_arn,
            "maxOutOfService": 2,
            "alarmNames": list(ALARMS),
            "ruleNames": list(RULES),
            "startupCheck": {"healthUrl": f"{endpoint_url}/startup/{{instanceId}}"},
        },
        "patchReport": {"tagKey": "PatchGroup", "tagValue": "web"},
        "variables": {"AlarmTopicArn": topic_arn, "ReportTopicArn": topic_arn},
        "queueUrl": queue_url,
        "instanceIds": instance_ids,
        "alarms": ALARMS,
        "rules": RULES,
    }


def launch_servers(ec2):
    instance_ids = []
    for number in range(1, SERVERS + 1):
        tags = [{"Key": "PatchGroup", "Value": "web"}, {"Key": "Name", "Value": f"web-{number}"}]
        answer = ec2.run_instances(
            ImageId=IMAGE_ID,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )
        instance_ids.append(answer["Instances"][0]["InstanceId"])
    return instance_ids


def create_target_group(ec2, elbv2, instance_ids):
    vpc_id = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc_id)["TargetGroups"][0]
    arn = group["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance_id} for instance_id in instance_ids])
    states = set()
    while states != {"healthy"}:
        health = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        states = {target["TargetHealth"]["State"] for target in health}
    return arn


def create_topic(sns, sqs):
    topic_arn = sns.create_topic(Name="operations")["TopicArn"]
    queue_url = sqs.create_queue(QueueName="operations")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=attributes["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    return topic_arn, queue_url


def create_monitoring(cloudwatch, events, topic_arn):
    for name, enabled in ALARMS.items():
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Web",
            MetricName=name,
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=3,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            ActionsEnabled=enabled,
            AlarmActions=[topic_arn],
        )
    for name, state in RULES.items():
        events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.ec2"]}), State=state)


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as response:
        response.read()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(json.dumps(main(sys.argv[1]), indent=2))
