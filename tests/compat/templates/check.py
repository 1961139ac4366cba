"""Templates, each named: no finding of cfn-lint; SAM's come through SAM's own transformation."""

import subprocess
import sys
from pathlib import Path

import yaml
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform


class Loader(yaml.SafeLoader):
    pass


def function(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", function)


class NoPolicies(ManagedPolicyLoader):
    """Managed policies by their names: nobody is asked."""

    def __init__(self):
        super().__init__(None)

    def load(self):
        return {}


def at_s3(template):
    """Local paths, as they are after `sam package`."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        for name in ("CodeUri", "DefinitionUri"):
            if isinstance(properties.get(name), str):
                properties[name] = f"s3://bucket/{properties[name]}"
    return template


failed = False
for path in sys.argv[1:]:
    linted = subprocess.run([Path(sys.executable).parent / "cfn-lint", path], capture_output=True, text=True)
    if linted.returncode:
        failed = True
        print(f"{path}:\n{linted.stdout}{linted.stderr}")
    template = yaml.load(Path(path).read_text(), Loader)
    if "Transform" in template:
        types = {r["Type"] for r in transform(at_s3(template), {}, NoPolicies())["Resources"].values()}
        if "AWS::StepFunctions::StateMachine" not in types:
            failed = True
            print(f"{path}: the transformed template has {types}")
sys.exit(failed)
