locals {
  event_pattern = {
    source        = ["aws.secretsmanager"]
    "detail-type" = ["Secret Label Updated"]
    detail        = { labelUpdated = ["AWSCURRENT"] }
  }

  queue_policy = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.queue.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.new_versions.arn } }
    }]
  }

  redrive_policy = {
    deadLetterTargetArn = aws_sqs_queue.poison.arn
    maxReceiveCount     = 5
  }
}

resource "aws_sqs_queue" "queue" {
  name                       = local.name
  sqs_managed_sse_enabled    = true
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = 300
  message_retention_seconds  = 3600
  redrive_policy             = jsonencode(local.redrive_policy)
}

resource "aws_sqs_queue" "poison" {
  name                      = "${local.name}-poison"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_policy" "queue_policy" {
  queue_url = aws_sqs_queue.queue.url
  policy    = jsonencode(local.queue_policy)
}

resource "aws_cloudwatch_event_rule" "new_versions" {
  name          = local.name
  description   = "A secret has a new current version"
  event_pattern = jsonencode(local.event_pattern)
}

resource "aws_cloudwatch_event_target" "queue" {
  rule      = aws_cloudwatch_event_rule.new_versions.name
  target_id = "queue"
  arn       = aws_sqs_queue.queue.arn
}
