"""Switches alarm actions and EventBridge rules off for the time of a restart, and on again.

Event: {"action": "disable" | "enable", "alarmNames": [...], "ruleNames": [...]}
Result: the alarms and rules that were switched. "disable" leaves alone (and does not report) what was off before, so
that enabling what it reports brings back the state from before.
"""

import boto3
from botocore.config import Config

# CloudWatch takes at most 100 alarm names in one request.
CHUNK = 100

CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})


class AlarmNotFoundException(Exception):
    """An alarm of the event does not exist."""


class MonitoringNotEnabledException(Exception):
    """Some alarms or rules could not be enabled."""


def handler(event, context):
    cloudwatch = boto3.client("cloudwatch", config=CONFIG)
    events = boto3.client("events", config=CONFIG)
    switch = {"disable": disable, "enable": enable}[event["action"]]
    return switch(cloudwatch, events, event["alarmNames"], event["ruleNames"])


def disable(cloudwatch, events, alarm_names, rule_names):
    # Everything is looked at before anything is changed: a wrong name does no harm.
    active_alarms = [name for chunk in chunks(alarm_names) for name in alarms_with_actions(cloudwatch, chunk)]
    active_rules = [name for name in rule_names if events.describe_rule(Name=name)["State"] != "DISABLED"]
    for chunk in chunks(active_alarms):
        cloudwatch.disable_alarm_actions(AlarmNames=chunk)
    for name in active_rules:
        events.disable_rule(Name=name)
    print(f"disabled the actions of {len(active_alarms)} alarms and {len(active_rules)} rules")
    return {"alarmNames": active_alarms, "ruleNames": active_rules}


def enable(cloudwatch, events, alarm_names, rule_names):
    # One that fails must not keep the others disabled.
    failures = []
    for chunk in chunks(alarm_names):
        attempt(failures, f"alarms {chunk}", cloudwatch.enable_alarm_actions, AlarmNames=chunk)
    for name in rule_names:
        attempt(failures, f"rule {name}", events.enable_rule, Name=name)
    if failures:
        raise MonitoringNotEnabledException("; ".join(failures))
    print(f"enabled the actions of {len(alarm_names)} alarms and {len(rule_names)} rules")
    return {"alarmNames": alarm_names, "ruleNames": rule_names}


def alarms_with_actions(cloudwatch, names):
    answer = cloudwatch.describe_alarms(
        AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=CHUNK
    )
    alarms = answer.get("MetricAlarms", []) + answer.get("CompositeAlarms", [])
    enabled = {alarm["AlarmName"]: alarm["ActionsEnabled"] for alarm in alarms}
    missing = [name for name in names if name not in enabled]
    if missing:
        raise AlarmNotFoundException(f"there is no alarm named {', '.join(missing)}")
    return [name for name in names if enabled[name]]


def attempt(failures, what, call, **arguments):
    try:
        call(**arguments)
    except Exception as error:
        failures.append(f"{what}: {error}")


def chunks(names):
    return [names[start : start + CHUNK] for start in range(0, len(names), CHUNK)]
