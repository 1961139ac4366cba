# A function with a version, an alias over it, and whoever may call it. test.sh packs its code.

data "aws_iam_policy_document" "trust_lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = "terraform-function"
  assume_role_policy = data.aws_iam_policy_document.trust_lambda.json
}

resource "aws_lambda_function" "work" {
  function_name    = "terraform-work"
  description      = "Answers ${var.result}"
  role             = aws_iam_role.function.arn
  runtime          = "python3.12"
  handler          = "index.handler"
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  publish          = true
  timeout          = 30
  memory_size      = 256
  architectures    = ["x86_64"]
  tags             = { Team = "tests" }

  environment {
    variables = { RESULT = var.result }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "What workflows call"
  function_name    = aws_lambda_function.work.function_name
  function_version = aws_lambda_function.work.version
}

resource "aws_lambda_permission" "schedule" {
  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.work.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:aws:events:us-east-1:${data.aws_caller_identity.current.account_id}:rule/terraform-nightly"
}

resource "aws_lambda_function_event_invoke_config" "work" {
  function_name                = aws_lambda_function.work.function_name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = 3600
}

output "function_version" {
  value = aws_lambda_function.work.version
}
