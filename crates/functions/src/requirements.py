"""Says in one line of JSON whether the packages of a function are there, and which files and folders tell what they are.
Arguments: a requirements file ("" for none) and the folders that the function finds packages in, beside those of this
interpreter; the code's folder is the first of them."""

import sys

# Not the working folder: a file there may have the name of a module of the library.
sys.path[:] = [folder for folder in sys.path if folder]

import importlib.metadata
import importlib.util
import json
import os
import re

try:
    from packaging.requirements import Requirement
except ImportError:
    try:
        from pip._vendor.packaging.requirements import Requirement
    except ImportError:
        Requirement = None


# Options of pip that name further files: the lines of the first kind count as if they stood here.
OPTION = re.compile(r"(?:--(requirement|constraint|find-links)[ =]|-([rcf]))\s*(.+)")
sources = []


def lines(file):
    file = os.path.realpath(file)
    if file in sources:
        return
    sources.append(file)
    with open(file, encoding="utf-8-sig") as text:
        joined = text.read().replace("\\\n", " ")
    for line in joined.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        option = OPTION.match(line)
        if option:
            kind = (option[1] or option[2])[0]
            named = os.path.join(os.path.dirname(file), option[3])
            if os.path.exists(named):
                if kind == "r":
                    yield from lines(named)
                else:
                    sources.append(os.path.realpath(named))
            elif kind == "r":
                # pip tells what is wrong.
                yield line
        elif line and not re.match(r"-(?!e|-editable)", line):
            line = re.split(r"\s--", line)[0].strip()
            place = re.sub(r"^(-e|--editable)[\s=]+|\[.*$", "", line)
            if re.search(r"^\.|/", place) and os.path.exists(place):
                sources.append(os.path.realpath(place))
            yield line


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
        for extra in wanted.extras:
            for needed in map(Requirement, importlib.metadata.requires(wanted.name) or []):
                marker, needed.marker = needed.marker, None
                if marker and not marker.evaluate({"extra": ""}) and marker.evaluate({"extra": extra}):
                    if not is_satisfied(str(needed)):
                        return False
    except Exception:
        # Not there, or nothing that could be told from here: pip decides.
        return False
    return bool(wanted.url) or wanted.specifier.contains(found, prereleases=True)


requirements, folders = sys.argv[1], sys.argv[2:]
sys.path[:0] = folders
wanted = list(lines(requirements)) if requirements else []
answer = {
    "satisfied": all(is_satisfied(line) for line in wanted),
    "sources": sources,
    "sdk": importlib.util.find_spec("boto3") is not None,
}
print(json.dumps(answer))
