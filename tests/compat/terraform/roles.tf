# The role of the state machines: trust, an inline policy, a managed one, one of AWS's own, a boundary.

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "invoke" {
  statement {
    actions = ["lambda:InvokeFunction"]
    resources = [
      "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:function:${var.result}",
    ]
  }
}

resource "aws_iam_role" "machine" {
  name                 = "terraform-machine"
  path                 = "/workflows/"
  description          = "Runs ${var.result}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 7200
  permissions_boundary = aws_iam_policy.boundary.arn
  tags                 = { Team = "tests", Result = var.result }
}

resource "aws_iam_role_policy" "invoke" {
  name   = "invoke"
  role   = aws_iam_role.machine.id
  policy = data.aws_iam_policy_document.invoke.json
}

resource "aws_iam_policy" "boundary" {
  name        = "terraform-boundary"
  description = "What no role may go beyond"
  tags        = { Team = "tests" }

  # A change is a new version.
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = var.result, Effect = "Allow", Action = ["lambda:*", "logs:*"], Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "boundary" {
  role       = aws_iam_role.machine.name
  policy_arn = aws_iam_policy.boundary.arn
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.machine.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/CloudWatchLogsFullAccess"
}

# Of schedules and rules.

data "aws_iam_policy_document" "trust_start" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "scheduler.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "start" {
  name               = "terraform-start"
  assume_role_policy = data.aws_iam_policy_document.trust_start.json
}

data "aws_iam_role" "machine" {
  name       = aws_iam_role.machine.name
  depends_on = [aws_iam_role_policy.invoke]
}

output "account" {
  value = data.aws_caller_identity.current.account_id
}

output "role" {
  value = data.aws_iam_role.machine.arn
}
