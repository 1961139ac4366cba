"""moto's server with target groups that take their time, ssm:DescribeInstancePatches, and a log of effects.

    python server.py [--port PORT] [--until-stdin-closes]

Prints {"endpointUrl": "http://127.0.0.1:PORT"} on one line when it is ready. README.md describes the rest.
"""

import argparse
import functools
import json
import logging
import os
import sys
import threading
from dataclasses import fields

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.core.responses import ActionResult
from moto.ec2 import ec2_backends
from moto.ec2.exceptions import InvalidInstanceIdError
from moto.ec2.models.instances import InstanceBackend
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup
from moto.events.models import EventsBackend, events_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.ssm.exceptions import SSMException
from moto.ssm.responses import SimpleSystemManagerResponse
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

import patches
import validation
from fleet import Configuration, Fleet

FLEET = Fleet()
PATCH_COUNTS = {}


def after(owner, name):
    """Has a function called after each successful call of a method, with the same arguments."""

    def install(function):
        original = getattr(owner, name)

        @functools.wraps(original)
        def wrapped(self, *args, **kwargs):
            result = original(self, *args, **kwargs)
            function(self, *args, **kwargs)
            return result

        setattr(owner, name, wrapped)
        return function

    return install


@after(FakeTargetGroup, "register")
def registered(group, targets):
    for target in targets:
        FLEET.register(target["Id"])


@after(FakeTargetGroup, "deregister")
def deregistered(group, targets):
    for target in targets:
        FLEET.deregister(target["Id"], enabled_monitoring())


@after(InstanceBackend, "reboot_instances")
def rebooted(backend, instance_ids):
    for instance_id in instance_ids:
        FLEET.reboot(instance_id)


@after(CloudWatchBackend, "disable_alarm_actions")
def alarms_disabled(backend, alarm_names):
    for name in alarm_names:
        FLEET.note("alarm actions disabled", name)


@after(CloudWatchBackend, "enable_alarm_actions")
def alarms_enabled(backend, alarm_names):
    for name in alarm_names:
        FLEET.note("alarm actions enabled", name)


@after(EventsBackend, "disable_rule")
def rule_disabled(backend, name, *_, **__):
    FLEET.note("rule disabled", name)


@after(EventsBackend, "enable_rule")
def rule_enabled(backend, name, *_, **__):
    FLEET.note("rule enabled", name)


moto_describe_target_health = ELBv2Backend.describe_target_health


def describe_target_health(backend, target_group_arn, targets):
    # Raises moto's own error for a group that is not there.
    moto_describe_target_health(backend, target_group_arn, [])
    group = backend.target_groups[target_group_arn]
    if not targets:
        targets = [{"Id": instance_id} for instance_id in FLEET.listed()]
    return [
        FakeHealthStatus(t["Id"], t.get("Port", group.port), group.health_check_port, *FLEET.look(t["Id"]))
        for t in targets
    ]


ELBv2Backend.describe_target_health = describe_target_health


def describe_instance_patches(response):
    instance_id = response._get_param("InstanceId")
    backend = response.ssm_backend
    try:
        ec2_backends[backend.account_id][backend.region_name].get_instance(instance_id)
    except InvalidInstanceIdError as error:
        raise SSMException("InvalidInstanceId", f"Instance {instance_id} is not known.") from error
    counts = PATCH_COUNTS.get(instance_id, patches.DEFAULT_COUNTS)
    try:
        page = patches.page(instance_id, counts, response._get_param("MaxResults"), response._get_param("NextToken"))
    except patches.PatchError as error:
        raise SSMException(error.code, str(error)) from error
    return ActionResult(page)


SimpleSystemManagerResponse.describe_instance_patches = describe_instance_patches


def alarms():
    return {
        name: alarm.actions_enabled
        for regions in cloudwatch_backends.values()
        for backend in regions.values()
        for name, alarm in backend.alarms.items()
    }


def rules():
    return {
        name: rule.state
        for regions in events_backends.values()
        for backend in regions.values()
        for bus in backend.event_buses.values()
        for name, rule in bus.rules.items()
    }


def enabled_monitoring():
    enabled_rules = [name for name, state in rules().items() if state == "ENABLED"]
    return [name for name, enabled in alarms().items() if enabled] + enabled_rules


def configure(values):
    known = {field.name for field in fields(Configuration)} | {"patch_counts"}
    unknown = values.keys() - known
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    PATCH_COUNTS.update(values.pop("patch_counts", {}))
    FLEET.configure(values)


def reset():
    moto_api_backend.reset()
    PATCH_COUNTS.clear()
    FLEET.reset()


def control(request):
    """The paths that are not AWS's; None if the request is for AWS."""
    match request.method, request.path.split("/")[1:]:
        case "GET", ["fleet"]:
            return answer({**FLEET.report(), "alarms": alarms(), "rules": rules()})
        case "POST", ["fleet", "configure"]:
            try:
                configure(json.loads(request.get_data()))
            except (ValueError, TypeError) as error:
                return answer({"error": str(error)}, 400)
            return answer({})
        case "POST", ["fleet", "reset-log"]:
            FLEET.reset_log()
            return answer({})
        case "POST", ["fleet", "reset"]:
            reset()
            return answer({})
        case "GET", ["startup", instance_id]:
            started = FLEET.startup_check(instance_id)
            return answer({"started": started}, 200 if started else 503)
    return None


def answer(body, status=200):
    return Response(json.dumps(body, indent=2) + "\n", status, content_type="application/json")


class Application:
    def __init__(self):
        self.moto = validation.with_s3_answers(DomainDispatcherApplication(create_backend_app))

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path == "/fleet" or path.startswith(("/fleet/", "/startup/")):
            response = control(Request(environ))
            if response is None:
                response = answer({"error": "no such path"}, 404)
            return response(environ, start_response)
        return self.moto(environ, start_response)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input is closed")
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", arguments.port, Application(), threaded=True, request_handler=MotoRequestHandler)
    # moto builds the URLs of queues with it.
    os.environ["MOTO_PORT"] = str(server.port)
    if arguments.until_stdin_closes:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    print(json.dumps({"endpointUrl": f"http://127.0.0.1:{server.port}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
