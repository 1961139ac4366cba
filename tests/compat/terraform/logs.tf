# Where the state machine logs to.

resource "aws_cloudwatch_log_group" "machine" {
  name              = "/aws/vendedlogs/states/terraform"
  retention_in_days = var.result == "one" ? 7 : 14
  tags              = { Team = "tests" }
}
