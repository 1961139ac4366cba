#!/usr/bin/env bash
# Applies, finds nothing left to do, updates, finds nothing left to do, destroys.
set -euo pipefail

fail() { echo "$*" >&2; exit 1; }
apply() { terraform apply -input=false -auto-approve -no-color -var result="$1"; }
nothing_to_do() {
  terraform plan -input=false -no-color -detailed-exitcode -var result="$1" || fail "the plan is not empty after apply"
}
output_is() { [ "$(terraform output -raw "$1")" = "$2" ] || fail "$1 is $(terraform output -raw "$1"), not $2"; }
version_is() { output_is version "arn:aws:states:us-east-1:123456789012:stateMachine:terraform:$1"; }

cat > index.py <<'CODE'
import os


def handler(event, context):
    return {"result": os.environ["RESULT"]}
CODE
python3 -m zipfile -c function.zip index.py

terraform init -input=false -no-color
apply one
version_is 1
output_is account 123456789012
output_is role arn:aws:iam::123456789012:role/workflows/terraform-machine
nothing_to_do one
apply two
version_is 2
output_is function_version 2
nothing_to_do two
terraform destroy -input=false -auto-approve -no-color -var result=two
[ -z "$(terraform state list)" ] || fail "something is left"
