"""What AWS refuses and adds where moto accepts, leaves out or ends in an error of its own, as AWS's recorded answers have it."""

import functools
import itertools
import json
import re

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.responses import DynamoHandler
from moto.events.models import EventsBackend
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.responses import SNSResponse
from moto.sqs.exceptions import MissingParameter
from moto.sqs.responses import SQSResponse

SEQUENCE_NUMBERS = itertools.count(10_000_000_000_000_000_000)


def around(owner, name):
    """Has a function called in place of a method, with that method as its first argument."""

    def install(function):
        original = getattr(owner, name)
        setattr(owner, name, functools.wraps(original)(functools.partialmethod(function, original)))
        return function

    return install


def refuse(value, member, constraint):
    shown = "null" if value is None else f"'{value}'"
    raise MockValidationException(
        f"1 validation error detected: Value {shown} at '{member}' failed to satisfy constraint: Member must {constraint}"
    )


@around(DynamoHandler, "put_item")
def put_item(handler, original):
    table_name = handler.body.get("TableName")
    if not re.fullmatch("[a-zA-Z0-9_.-]+", table_name or ""):
        refuse(table_name, "tableName", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    if handler.body.get("Item") is None:
        refuse(None, "item", "not be null")
    return original(handler)


@around(DynamoHandler, "update_item")
def update_item(handler, original):
    answer = original(handler)
    if handler.body.get("ReturnConsumedCapacity", "NONE") == "NONE":
        answer.result.pop("ConsumedCapacity", None)
    return answer


@around(SQSResponse, "send_message")
def send_message(response, original):
    if response._get_param("MessageBody") is None:
        raise MissingParameter("MessageBody")
    return original(response)


@around(SNSResponse, "publish")
def publish(response, original):
    is_fifo = (response._get_param("TopicArn") or "").endswith(".fifo")
    if is_fifo and not response._get_param("MessageGroupId"):
        raise SNSInvalidParameter("Invalid parameter: The MessageGroupId parameter is required for FIFO topics")
    answer = original(response)
    if is_fifo:
        answer.result["SequenceNumber"] = str(next(SEQUENCE_NUMBERS))
    return answer


@around(EventsBackend, "put_events")
def put_events(backend, original, events):
    def is_malformed(event):
        try:
            return not isinstance(json.loads(event.get("Detail") or "{}"), dict)
        except ValueError:
            return True

    def one(event):
        if event.get("Source") and event.get("DetailType") and is_malformed(event):
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        return original(backend, [event])[0]

    return original(backend, events) if len(events) > 10 else [one(event) for event in events]


def s3_answer(environ, status, headers):
    """The headers of an answer of S3: a second id always; objects are encrypted, and say what their checksum is of."""
    headers = [*headers, ("x-amz-id-2", "moto/second/id=")]
    is_object = "/" in environ["PATH_INFO"].strip("/")
    if not is_object or not status.startswith("2"):
        return headers
    if any(name.lower().startswith("x-amz-checksum-") for name, _ in headers):
        headers.append(("x-amz-checksum-type", "FULL_OBJECT"))
    return [*headers, ("x-amz-server-side-encryption", "AES256")]


def with_s3_answers(application):
    def wrapped(environ, start_response):
        if "/s3/aws4_request" not in environ.get("HTTP_AUTHORIZATION", ""):
            return application(environ, start_response)

        def start(status, headers, *rest):
            return start_response(status, s3_answer(environ, status, headers), *rest)

        return application(environ, start)

    return wrapped
