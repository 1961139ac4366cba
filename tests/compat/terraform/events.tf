# A nightly rule and one for events, each with the state machine as its target.

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "terraform-nightly"
  description         = "Every night, ${var.result}"
  schedule_expression = "cron(0 2 * * ? *)"
  tags                = { Team = "tests" }
}

resource "aws_cloudwatch_event_target" "nightly" {
  rule      = aws_cloudwatch_event_rule.nightly.name
  target_id = "machine"
  arn       = aws_sfn_state_machine.machine.arn
  role_arn  = aws_iam_role.start.arn
  input     = jsonencode({ result = var.result })

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 3
  }
}

resource "aws_cloudwatch_event_bus" "orders" {
  name = "terraform-orders"
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "terraform-orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  state          = "DISABLED"
  event_pattern = jsonencode({
    source        = ["orders"]
    "detail-type" = [{ prefix = "Order" }]
    detail        = { total = [{ numeric = [">", 100] }], result = [var.result] }
  })
}

resource "aws_cloudwatch_event_target" "orders" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  arn            = aws_sfn_state_machine.machine.arn
  role_arn       = aws_iam_role.start.arn

  input_transformer {
    input_paths    = { id = "$.detail.id" }
    input_template = "{\"order\": <id>, \"result\": \"${var.result}\"}"
  }
}
