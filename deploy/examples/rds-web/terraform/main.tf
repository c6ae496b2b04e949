# The same as ../cloudformation.yaml: what the web service of docs/tutorial.md stands on. The service itself, its role
# and its task definition are evenkeel's: ../manifests/web.yaml.
# `terraform init && terraform apply`

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

variable "name" {
  description = "Part of the names made here"
  type        = string
  default     = "rds-web"
}

variable "rotate_every" {
  description = "How often RDS makes a new password: rate(…) or cron(…)"
  type        = string
  default     = "rate(30 days)"
}

variable "database_class" {
  description = "The size of the database"
  type        = string
  default     = "db.t4g.micro"
}

data "aws_region" "here" {}

data "aws_availability_zones" "here" {
  state = "available"
}

locals {
  region = data.aws_region.here.region
  zones  = slice(data.aws_availability_zones.here.names, 0, 2)
  # What ECS fetches before a container starts: the secret, the image, and a place for the log.
  endpoints = toset(["secretsmanager", "ecr.api", "ecr.dkr", "logs"])
}

resource "aws_vpc" "this" {
  cidr_block = "10.20.0.0/16"
  # Without both, the names of the endpoints lead to the internet, and no task starts.
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.20.${count.index}.0/24"
  availability_zone = local.zones[count.index]
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.20.${count.index + 10}.0/24"
  availability_zone = local.zones[count.index]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count          = 2
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "balancer" {
  description = "The load balancer, for everyone"
  vpc_id      = aws_vpc.this.id
  ingress {
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "tasks" {
  description = "The tasks, for the load balancer"
  vpc_id      = aws_vpc.this.id
  ingress {
    protocol        = "tcp"
    from_port       = 8080
    to_port         = 8080
    security_groups = [aws_security_group.balancer.id]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "database" {
  description = "The database, for the tasks"
  vpc_id      = aws_vpc.this.id
  ingress {
    protocol        = "tcp"
    from_port       = 5432
    to_port         = 5432
    security_groups = [aws_security_group.tasks.id]
  }
}

resource "aws_security_group" "endpoints" {
  description = "The endpoints, for the tasks"
  vpc_id      = aws_vpc.this.id
  ingress {
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    security_groups = [aws_security_group.tasks.id]
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = local.endpoints
  vpc_id              = aws_vpc.this.id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints.id]
}

# The layers of images are in S3.
resource "aws_vpc_endpoint" "layers" {
  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${local.region}.s3"
  route_table_ids   = [aws_route_table.private.id]
}

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  internal           = false
  subnets            = aws_subnet.public[*].id
  security_groups    = [aws_security_group.balancer.id]
  depends_on         = [aws_internet_gateway.this]
}

resource "aws_lb_target_group" "this" {
  name        = var.name
  target_type = "ip"
  vpc_id      = aws_vpc.this.id
  protocol    = "HTTP"
  port        = 8080
  # A deployment waits this long for the requests of a task that goes.
  deregistration_delay = 30
  health_check {
    path = "/healthz"
  }
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_instance" "this" {
  identifier        = var.name
  engine            = "postgres"
  instance_class    = var.database_class
  allocated_storage = 20
  db_name           = "orders"
  username          = "orders"
  # RDS makes the secret, owns it, and rotates it: nobody else may write it, evenkeel neither.
  manage_master_user_password = true
  storage_encrypted           = true
  publicly_accessible         = false
  db_subnet_group_name        = aws_db_subnet_group.this.name
  vpc_security_group_ids      = [aws_security_group.database.id]
  final_snapshot_identifier   = "${var.name}-last"
}

resource "aws_secretsmanager_secret_rotation" "this" {
  secret_id          = aws_db_instance.this.master_user_secret[0].secret_arn
  rotate_immediately = false
  rotation_rules {
    schedule_expression = var.rotate_every
  }
}

resource "aws_ecs_cluster" "this" {
  name = var.name
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name}"
  retention_in_days = 30
}

resource "aws_ecr_repository" "this" {
  name = var.name
  # What a tag names does not change, so a new secret never brings a new image along.
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
}

# Each is the name of a place in ../manifests/web.yaml, but the last.
output "Region" {
  value = local.region
}

output "Cluster" {
  value = aws_ecs_cluster.this.name
}

output "Image" {
  value = aws_ecr_repository.this.repository_url
}

output "LogGroup" {
  value = aws_cloudwatch_log_group.this.name
}

output "DatabaseHost" {
  value = aws_db_instance.this.address
}

output "DatabaseSecret" {
  value = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "SubnetA" {
  value = aws_subnet.private[0].id
}

output "SubnetB" {
  value = aws_subnet.private[1].id
}

output "TaskGroup" {
  value = aws_security_group.tasks.id
}

output "TargetGroup" {
  value = aws_lb_target_group.this.arn
}

output "Url" {
  value = "http://${aws_lb.this.dns_name}"
}
