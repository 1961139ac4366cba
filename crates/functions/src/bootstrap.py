"""Runs one Lambda function: asks Stepwright's Runtime API for events, calls the handler, posts the results.

Shapes and error names are those of AWS's Python runtime, so that Retry and Catch behave as they do on AWS. It is fed to
the interpreter on standard input, which is why its own frames carry the file name "<stdin>".
"""

import sys

# A program read from standard input finds the working folder first. There, a function's email.py would be taken for the
# library's; on Lambda the runtime is loaded before the function is in sight.
sys.path[:] = [folder for folder in sys.path if folder]

import http.client
import importlib
import json
import logging
import os
import time
import traceback

OWN_FILE = "<stdin>"
TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
BASE = "/2018-06-01/runtime"


class Fault(Exception):
    """A failure that has a name of Lambda's own instead of an exception class."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.trace = list(trace)


class RuntimeApi:
    """The Runtime API over one kept connection. Losing it means that nobody is left to work for."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)

    def request(self, method, path, body=None, headers=None):
        try:
            self.connection.request(method, BASE + path, body, headers or {})
            response = self.connection.getresponse()
            return response, response.read()
        except (http.client.HTTPException, OSError):
            os._exit(0)

    def post(self, path, payload, error_type=None):
        headers = {"Content-Type": "application/json"}
        if error_type is not None:
            # Header values are Latin-1; an exception class may be named in any script.
            headers["Lambda-Runtime-Function-Error-Type"] = error_type.encode("ascii", "replace").decode()
        self.request("POST", path, payload, headers)


class CognitoIdentity:
    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class Client:
    def __init__(self, values):
        for key in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, key, values.get(key))


class ClientContext:
    def __init__(self, values):
        self.custom = values.get("custom")
        self.env = values.get("env")
        self.client = Client(values.get("client") or {})


class Context:
    """The second argument of a handler."""

    def __init__(self, request_id, headers):
        self.aws_request_id = request_id
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.tenant_id = None
        self.identity = CognitoIdentity({})
        self.client_context = None
        given = headers["Lambda-Runtime-Client-Context"]
        if given:
            try:
                # http.client reads header bytes as Latin-1.
                self.client_context = ClientContext(json.loads(given.encode("latin-1").decode()))
            except (ValueError, AttributeError) as error:
                raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse Client Context JSON: {error}")
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


class RequestIdFilter(logging.Filter):
    request_id = ""

    def filter(self, record):
        record.aws_request_id = self.request_id
        return True


def set_up_logging():
    """Gives the root logger the handler and the line format that it has on Lambda."""
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    request_id_filter = RequestIdFilter()
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    handler.addFilter(request_id_filter)
    logging.getLogger().addHandler(handler)
    return request_id_filter


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        trace = f'  File "{deployed(error.filename)}" Line {error.lineno}\n    {error.text}'
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", [trace])
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")


def deployed(path):
    """Where a file of the function would be on Lambda."""
    if path and (path == TASK_ROOT or path.startswith(TASK_ROOT + os.sep)):
        return "/var/task" + path[len(TASK_ROOT) :]
    return path


def encode_unknown(value):
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8")
    # Decimal is loaded already if a value is one (boto3's DynamoDB resource returns them).
    decimal = sys.modules.get("decimal")
    if decimal and isinstance(value, decimal.Decimal):
        return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def to_json(value):
    if isinstance(value, bytes):
        # Bytes that are JSON are the answer itself; any others become a text below.
        try:
            json.loads(value)
            return value
        except ValueError:
            pass
    text = json.dumps(value, default=encode_unknown, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


def failure(error, request_id):
    """An exception as the error object of the Runtime API, with the frames of the function alone."""
    if isinstance(error, Fault):
        error_type, trace = error.error_type, error.trace
    else:
        error_type = type(error).__name__
        frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(error.__traceback__)]
        while frames and (frames[0][0] == OWN_FILE or "importlib" in frames[0][0]):
            frames.pop(0)
        trace = traceback.format_list([(deployed(file), *rest) for file, *rest in frames])
    result = {"errorMessage": str(error), "errorType": error_type, "requestId": request_id, "stackTrace": trace}
    # A lone surrogate in a message must not hide the error.
    # With blanks, as AWS's runtime writes errors: a cause shows this text as it is.
    text = json.dumps(result, ensure_ascii=False)
    return error_type, text.encode("utf-8", "replace")


def handle(handler, request_id, headers, body):
    context = Context(request_id, headers)
    try:
        event = json.loads(body)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}")
    result = handler(event, context)
    try:
        return to_json(result)
    except (TypeError, ValueError, RecursionError) as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}")


def flush_output():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # the function closed it


def main():
    # A program read from standard input has no file; multiprocessing would look for one.
    globals().pop("__file__", None)
    # Files of the function come before installed packages, as on Lambda.
    sys.path.insert(0, TASK_ROOT)
    request_id_filter = set_up_logging()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        error_type, payload = failure(error, "")
        api.post("/init/error", payload, error_type)
        sys.exit(1)
    while True:
        response, body = api.request("GET", "/invocation/next")
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        request_id_filter.request_id = request_id
        error_type = None
        try:
            payload = handle(handler, request_id, response.headers, body)
        except Exception as error:
            error_type, payload = failure(error, request_id)
        flush_output()
        outcome = "response" if error_type is None else "error"
        api.post(f"/invocation/{request_id}/{outcome}", payload, error_type)


main()
