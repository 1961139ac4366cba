"""Says in one line of JSON whether the packages of a function are there. Arguments: a requirements file ("" for none)
and the folders that the function finds packages in, beside those of this interpreter."""

import importlib.metadata
import importlib.util
import json
import re
import sys

try:
    from packaging.requirements import Requirement
except ImportError:
    try:
        from pip._vendor.packaging.requirements import Requirement
    except ImportError:
        Requirement = None


def lines(file):
    with open(file, encoding="utf-8-sig") as text:
        joined = text.read().replace("\\\n", " ")
    for line in joined.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        # Options of pip, apart from those that name further packages.
        if line and not re.match(r"-(?!r|e|-requirement|-editable)", line):
            yield re.split(r"\s--", line)[0].strip()


def is_satisfied(line):
    try:
        if Requirement is None:
            # Neither is there pip, which could install it: its presence has to do.
            name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
            return bool(name and importlib.metadata.version(name.group()))
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            return True
        found = importlib.metadata.version(wanted.name)
    except Exception:
        # Not there, or nothing that could be told from here: pip decides.
        return False
    return bool(wanted.url) or wanted.specifier.contains(found, prereleases=True)


requirements, folders = sys.argv[1], sys.argv[2:]
sys.path[:0] = folders
wanted = list(lines(requirements)) if requirements else []
answer = {
    "satisfied": all(is_satisfied(line) for line in wanted),
    "sdk": importlib.util.find_spec("boto3") is not None,
}
print(json.dumps(answer))
