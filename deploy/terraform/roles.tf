locals {
  # The controller acts for this account's tasks alone.
  controller_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.names.AccountId }
        ArnLike      = { "aws:SourceArn" = "arn:${local.names.Partition}:ecs:${local.names.Region}:${local.names.AccountId}:*" }
      }
    }]
  }

  execution_trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  }

  # What ECS needs to start evenkeel's own task.
  execution_policy = {
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "ecr:GetAuthorizationToken",
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:GetDownloadUrlForLayer",
        ]
        Resource = "*"
      },
      {
        Effect = "Allow"
        Action = [
          "logs:CreateLogStream",
          "logs:PutLogEvents",
        ]
        Resource = "${aws_cloudwatch_log_group.log.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = compact([var.token_secret_arn, var.age_identity_secret_arn])
      },
    ]
  }
}

resource "aws_iam_role" "controller_role" {
  name               = local.name
  assume_role_policy = jsonencode(local.controller_trust)
}

resource "aws_iam_role_policy_attachment" "controller" {
  role       = aws_iam_role.controller_role.name
  policy_arn = aws_iam_policy.controller_policy.arn
}

resource "aws_iam_role" "execution_role" {
  count              = var.own_service ? 1 : 0
  name               = "${local.name}-exec"
  assume_role_policy = jsonencode(local.execution_trust)
}

resource "aws_iam_role_policy" "execution" {
  count  = var.own_service ? 1 : 0
  name   = "start"
  role   = aws_iam_role.execution_role[0].id
  policy = jsonencode(local.execution_policy)
}
