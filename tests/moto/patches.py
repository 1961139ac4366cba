"""Patch states of instances, in pages, as ssm:DescribeInstancePatches answers them (moto has no such operation)."""

import base64
import json

# States of PatchComplianceData; what an instance has unless it is told otherwise.
DEFAULT_COUNTS = {"INSTALLED": 118, "INSTALLED_OTHER": 2}

SEVERITIES = ["Critical", "Important", "Moderate", "Low"]

# AWS: MaxResults of DescribeInstancePatches.
LEAST_RESULTS, MOST_RESULTS = 10, 100


class PatchError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def patches(instance_id, counts):
    """All patches of an instance, always the same for the same counts."""
    number = 0
    for state, count in counts.items():
        for _ in range(count):
            number += 1
            kb_id = f"KB50{number:05}"
            yield {
                "Title": f"2026-10 Update {number} for {instance_id} ({kb_id})",
                "KBId": kb_id,
                "Classification": "SecurityUpdates",
                "Severity": SEVERITIES[number % len(SEVERITIES)],
                "State": state,
                "InstalledTime": 1_760_000_000 + number if state.startswith("INSTALLED") else 0,
            }


def page(instance_id, counts, max_results, next_token):
    """One page: at most max_results patches, and the token of the next page if there is one."""
    max_results = 50 if max_results is None else max_results
    if not LEAST_RESULTS <= max_results <= MOST_RESULTS:
        raise PatchError("ValidationException", f"maxResults must be between {LEAST_RESULTS} and {MOST_RESULTS}")
    start = 0 if next_token is None else position(instance_id, next_token)
    everything = list(patches(instance_id, counts))
    answer = {"Patches": everything[start : start + max_results]}
    if start + max_results < len(everything):
        text = json.dumps([instance_id, start + max_results])
        answer["NextToken"] = base64.b64encode(text.encode()).decode()
    return answer


def position(instance_id, token):
    try:
        token_instance_id, start = json.loads(base64.b64decode(token, validate=True))
    except ValueError as error:
        raise PatchError("InvalidNextToken", "The specified token isn't valid.") from error
    if token_instance_id != instance_id:
        raise PatchError("InvalidNextToken", "The specified token belongs to another instance.")
    return start
