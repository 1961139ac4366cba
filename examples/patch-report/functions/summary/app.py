"""Turns the patch states of instances into a report that a person can read.

Event: {"tag": "PatchGroup=web", "date": "2026-11-22", "instances": [
  {"instanceId": "i-…", "name": "web-1", "counts": {"INSTALLED": 61, "MISSING": 2, …}, "pages": 2,
   "openPatches": [{"title": …, "kbId": …, "severity": …, "state": "MISSING"}, …]}, …]}
Result: {"subject": …, "message": …, "instances": 3, "instancesWithOpenPatches": 1}
"""

# Limits of sns:Publish. The subject must be ASCII in one line.
SUBJECT_CHARACTERS = 100
MESSAGE_BYTES = 250_000

SEVERITIES = ["Critical", "Important", "Moderate", "Medium", "Low"]

# The states that count as open, in the order of their columns, and their words.
OPEN_STATES = {"MISSING": "missing", "FAILED": "failed", "INSTALLED_PENDING_REBOOT": "waiting for a reboot"}


def handler(event, context):
    instances = sorted(event["instances"], key=lambda i: (-len(i["openPatches"]), name(i), i["instanceId"]))
    with_open_patches = [instance for instance in instances if instance["openPatches"]]
    verdict = verdict_of(len(instances), len(with_open_patches))
    subject = f"Patches of {event['tag']}: {verdict}"
    lines = [f"Patch report for {event['tag']}, {event['date']}", "", verdict.capitalize() + ".", ""]
    lines += table(instances)
    for instance in with_open_patches:
        lines += ["", f"{instance['instanceId']} {name(instance)}".rstrip()]
        lines += [patch_line(patch) for patch in sorted(instance["openPatches"], key=urgency)]
    return {
        "subject": one_ascii_line(subject),
        "message": shortened("\n".join(lines).rstrip() + "\n"),
        "instances": len(instances),
        "instancesWithOpenPatches": len(with_open_patches),
    }


def verdict_of(instances, with_open_patches):
    if not instances:
        return "no running instances"
    if not with_open_patches:
        return f"all {instances} instances are up to date" if instances > 1 else "the instance is up to date"
    return f"{with_open_patches} of {instances} instances {'has' if with_open_patches == 1 else 'have'} open patches"


def table(instances):
    if not instances:
        return []
    header = ["instance", "name", "installed", *OPEN_STATES.values()]
    rows = [header]
    for instance in instances:
        counts = instance["counts"]
        installed = sum(n for state, n in counts.items() if state.startswith("INSTALLED") and state not in OPEN_STATES)
        numbers = [installed, *(counts.get(state, 0) for state in OPEN_STATES)]
        rows.append([instance["instanceId"], name(instance), *map(str, numbers)])
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
        for row in rows
    ]


def patch_line(patch):
    words = [f"  {patch.get('severity') or 'Unspecified':<11} {OPEN_STATES[patch['state']]}:", patch["title"]]
    kb_id = patch.get("kbId", "")
    if kb_id and kb_id not in patch["title"]:
        words.append(f"({kb_id})")
    return " ".join(words)


def urgency(patch):
    severity = patch.get("severity")
    return (SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES), patch["title"])


def name(instance):
    return instance.get("name", "")


def one_ascii_line(text):
    text = " ".join(text.split()).encode("ascii", "replace").decode()
    return text if len(text) <= SUBJECT_CHARACTERS else text[: SUBJECT_CHARACTERS - 3] + "..."


def shortened(text):
    data = text.encode()
    if len(data) <= MESSAGE_BYTES:
        return text
    return data[:MESSAGE_BYTES].decode(errors="ignore").rsplit("\n", 1)[0] + "\n… shortened\n"
