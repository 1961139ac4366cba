#!/usr/bin/env bash
# An exported module: written as Terraform writes, valid, applied, nothing left to do, destroyed.
set -euo pipefail

fail() { echo "$*" >&2; exit 1; }

terraform fmt -check -diff -recursive . || fail "terraform fmt would change it"
terraform init -input=false -no-color
terraform validate -no-color
terraform apply -input=false -auto-approve -no-color
terraform plan -input=false -no-color -detailed-exitcode || fail "the plan is not empty after apply"
terraform destroy -input=false -auto-approve -no-color
[ -z "$(terraform state list)" ] || fail "something is left"
