"""Finds out whether a rebooted server has started: its health page must answer with a status below 400.

Event: {
  "instanceId": "i-0123456789abcdef0",
  "attempt": 0,
  "startupCheck": {"healthUrl": "http://{instanceId}.web.example.internal/health", "timeoutSeconds": 5}
}
A server that has not started is an InstanceNotYetStartedException, which the state machine retries.

To try the workflow where there are no servers, "startupCheck" may have "simulate" in the place of "healthUrl":
{"neverStart": [instance ids], "slowStart": {instance id: number of checks that fail first}}. The result then says so.
"""

import http.client
import urllib.error
import urllib.request

DEFAULT_TIMEOUT_SECONDS = 5


class InstanceNotYetStartedException(Exception):
    """The server does not answer, or not well, so far."""


class HealthUrlRefusedException(Exception):
    """The health URL is not one of a web server."""


def handler(event, context):
    instance_id = event["instanceId"]
    check = event["startupCheck"]
    simulation = check.get("simulate")
    if simulation is not None:
        problem = simulated_problem(instance_id, event["attempt"], simulation)
    else:
        url = check["healthUrl"].replace("{instanceId}", instance_id)
        problem = problem_of(url, check.get("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS))
    if problem:
        print(f"{instance_id}: check {event['attempt'] + 1}: {problem}")
        raise InstanceNotYetStartedException(f"{instance_id} has not started: {problem}")
    print(f"{instance_id}: check {event['attempt'] + 1}: started")
    return {"instanceId": instance_id, "started": True, "simulated": simulation is not None}


def problem_of(url, timeout_seconds):
    """What is wrong with the server behind a URL; None if nothing is."""
    if not url.startswith(("http://", "https://")):
        raise HealthUrlRefusedException(f"{url} is no http or https URL")
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds):
            return None
    except urllib.error.HTTPError as error:
        return f"{url} answers with status {error.code}"
    # URLError and timeouts are OSErrors; HTTPException stands for an answer that is not HTTP.
    except (OSError, http.client.HTTPException) as error:
        return f"{url} does not answer: {getattr(error, 'reason', error)}"


def simulated_problem(instance_id, attempt, simulation):
    if instance_id in simulation.get("neverStart", []):
        return "it is simulated to stay down"
    if attempt < simulation.get("slowStart", {}).get(instance_id, 0):
        return "it is simulated to start slowly"
    return None
