# A state machine with versions, an alias over them, and an activity. The variable changes the definition.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# The endpoint (AWS_ENDPOINT_URL_SFN), the keys and the region come from the environment.
provider "aws" {
  max_retries                 = 2
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variable "result" {
  type = string
}

resource "aws_sfn_activity" "work" {
  name = "work"
  tags = { Team = "tests" }
}

resource "aws_sfn_state_machine" "machine" {
  name     = "terraform"
  role_arn = "arn:aws:iam::123456789012:role/Test"
  publish  = true
  tags     = { Team = "tests" }

  definition = jsonencode({
    StartAt = "Pass"
    States = {
      Pass = { Type = "Pass", Result = var.result, Next = "Work" }
      Work = { Type = "Task", Resource = aws_sfn_activity.work.id, End = true }
    }
  })
}

resource "aws_sfn_state_machine" "express" {
  name     = "terraform-express"
  type     = "EXPRESS"
  role_arn = "arn:aws:iam::123456789012:role/Test"

  definition = jsonencode({
    StartAt = "Pass"
    States  = { Pass = { Type = "Pass", End = true } }
  })
}

resource "aws_sfn_alias" "live" {
  name        = "live"
  description = "What users get"

  routing_configuration {
    state_machine_version_arn = aws_sfn_state_machine.machine.state_machine_version_arn
    weight                    = 100
  }
}

output "version" {
  value = aws_sfn_state_machine.machine.state_machine_version_arn
}
