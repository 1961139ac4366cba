# A state machine with versions, an alias over them, and an activity. The variable changes the definition. What a module has
# beside it is in the other files.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# The endpoint (AWS_ENDPOINT_URL), the keys and the region come from the environment.
provider "aws" {
  max_retries             = 2
  skip_metadata_api_check = true
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
  role_arn = aws_iam_role.machine.arn
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
  role_arn = aws_iam_role.machine.arn

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
