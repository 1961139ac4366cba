# Schedules in a group of their own.

resource "aws_scheduler_schedule_group" "nightly" {
  name = "terraform-nightly"
  tags = { Team = "tests" }
}

resource "aws_scheduler_schedule" "restart" {
  name                         = "restart"
  group_name                   = aws_scheduler_schedule_group.nightly.name
  description                  = "Restarts ${var.result}"
  schedule_expression          = "cron(30 2 ? * MON-FRI *)"
  schedule_expression_timezone = "Europe/Berlin"
  state                        = "ENABLED"

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = aws_sfn_state_machine.machine.arn
    role_arn = aws_iam_role.start.arn
    input    = jsonencode({ result = var.result })

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }
  }
}

resource "aws_scheduler_schedule" "message" {
  name                = "message"
  schedule_expression = "rate(1 hours)"
  start_date          = "2099-01-01T00:00:00Z"
  end_date            = "2099-02-01T00:00:00Z"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    role_arn = aws_iam_role.start.arn
    input    = jsonencode({ QueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/q", MessageBody = var.result })
  }
}
