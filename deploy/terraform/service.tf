resource "aws_cloudwatch_log_group" "log" {
  name              = "/evenkeel/${var.installation}"
  retention_in_days = 90
  skip_destroy      = true # the audit outlives what it is about
}

locals {
  secrets = [
    { name = "GIT_TOKEN", valueFrom = var.token_secret_arn },
    { name = "EVENKEEL_AGE_IDENTITY", valueFrom = var.age_identity_secret_arn },
  ]

  container = {
    name                   = "evenkeel"
    image                  = var.image
    command                = ["run"]
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = 30
    # Whoever is left behind by a git that was ended has a parent then.
    linuxParameters = { initProcessEnabled = true }
    healthCheck = {
      command     = ["CMD", "/usr/local/bin/evenkeel", "healthcheck"]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
    mountPoints = [{ sourceVolume = "state", containerPath = "/var/lib/evenkeel" }]
    environment = [
      { name = "EVENKEEL_INSTALLATION", value = var.installation },
      { name = "EVENKEEL_AWS_ACCOUNT_ID", value = local.names.AccountId },
      { name = "EVENKEEL_AWS_REGION", value = local.names.Region },
      { name = "EVENKEEL_SOURCE_GIT_URL", value = var.repository_url },
      { name = "EVENKEEL_SOURCE_GIT_REF_BRANCH", value = var.branch },
      { name = "EVENKEEL_SOURCE_GIT_PATH", value = var.path },
      { name = "EVENKEEL_SOURCE_GIT_AUTH_TOKEN_ENV", value = "GIT_TOKEN" },
      { name = "EVENKEEL_SOURCE_GIT_VERIFY_MODE", value = var.verify_mode },
      { name = "EVENKEEL_SOURCE_GIT_VERIFY_ALLOWED_SIGNERS_ENV", value = "ALLOWED_SIGNERS" },
      { name = "ALLOWED_SIGNERS", value = join("\n", var.allowed_signers) },
      { name = "EVENKEEL_SOURCE_GIT_REWIND_FROM", value = var.rewind_from },
      { name = "EVENKEEL_HTTP_LISTEN", value = local.has_status ? "0.0.0.0:8080" : "127.0.0.1:8080" },
      { name = "EVENKEEL_EVENTS_QUEUE_URL", value = aws_sqs_queue.queue.url },
      { name = "EVENKEEL_ENVELOPE_CLUSTERS", value = var.cluster },
      { name = "EVENKEEL_ENVELOPE_SECRET_NAMES", value = var.secret_names },
      { name = "EVENKEEL_ENVELOPE_KMS_KEYS", value = join(",", var.kms_keys) },
      { name = "EVENKEEL_ENVELOPE_PARAMETERS", value = join(",", var.parameter_names) },
      { name = "EVENKEEL_ENVELOPE_BUCKETS", value = join(",", var.buckets) },
      { name = "EVENKEEL_ENVELOPE_PULL_THROUGH", value = join(",", var.pull_through) },
      { name = "EVENKEEL_ENVELOPE_MANAGED_POLICY_ARNS", value = join(",", var.managed_policy_arns) },
      { name = "EVENKEEL_ENVELOPE_SECRET_POLICY_PRINCIPALS", value = join(",", var.secret_policy_principals) },
      { name = "EVENKEEL_ENVELOPE_ROLE_PATHS", value = var.role_path },
      { name = "EVENKEEL_ENVELOPE_PASS_ROLES", value = "arn:${local.names.Partition}:iam::${local.names.AccountId}:role${var.role_path}*" },
      { name = "EVENKEEL_ENVELOPE_PERMISSIONS_BOUNDARY", value = aws_iam_policy.boundary.arn },
    ]
    secrets = [for secret in local.secrets : secret if secret.valueFrom != ""]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.log.name
        "awslogs-region"        = local.names.Region
        "awslogs-stream-prefix" = "evenkeel"
      }
    }
  }
}

resource "aws_ecs_task_definition" "task_definition" {
  count                    = var.own_service ? 1 : 0
  family                   = local.name
  cpu                      = "256"
  memory                   = "512"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.execution_role[0].arn
  task_role_arn            = aws_iam_role.controller_role.arn
  container_definitions    = jsonencode([local.container])

  runtime_platform {
    cpu_architecture        = var.architecture
    operating_system_family = "LINUX"
  }

  volume {
    name = "state"
  }
}

resource "aws_ecs_service" "service" {
  count           = var.own_service ? 1 : 0
  name            = local.name
  cluster         = var.cluster
  launch_type     = "FARGATE"
  task_definition = aws_ecs_task_definition.task_definition[0].arn
  desired_count   = 1

  # Two controllers are harmless, and one is enough.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # There is nothing to balance, and nobody says that it could not start a second task.
  availability_zone_rebalancing = "DISABLED"

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.security_group.id]
    assign_public_ip = false
  }

  depends_on = [aws_iam_role_policy_attachment.controller, aws_iam_role_policy.execution]
}
