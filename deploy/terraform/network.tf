resource "aws_security_group" "security_group" {
  description = "evenkeel calls AWS and the Git server, and is called where its status is opened"
  vpc_id      = var.vpc_id

  egress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
    description = "AWS, and Git over HTTPS"
  }
}

# Read-only, in plain text, and nobody is asked who they are: docs/security.md says what can be seen.
locals {
  has_status = var.status_clients != "" || var.status_security_group_id != ""
}

resource "aws_vpc_security_group_ingress_rule" "status_from_clients" {
  count             = var.status_clients != "" ? 1 : 0
  security_group_id = aws_security_group.security_group.id
  ip_protocol       = "tcp"
  from_port         = 8080
  to_port           = 8080
  cidr_ipv4         = var.status_clients
  description       = "The status of evenkeel"
}

resource "aws_vpc_security_group_ingress_rule" "status_from_security_group" {
  count                        = var.status_security_group_id != "" ? 1 : 0
  security_group_id            = aws_security_group.security_group.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
  referenced_security_group_id = var.status_security_group_id
  description                  = "The status of evenkeel"
}

# The ways to AWS that need no NAT gateway. IAM, KMS, Resource Groups Tagging and the Git server have none here: they need
# another way out.
# With private DNS everyone in the network takes them, and a network can have one of a kind: leave them out where there are some.
locals {
  has_endpoints  = var.endpoint_clients != ""
  endpoint_names = ["ecr.api", "ecr.dkr", "ecs", "logs", "secretsmanager", "sqs", "sts"]
}

resource "aws_security_group" "endpoint_security_group" {
  count       = local.has_endpoints ? 1 : 0
  description = "VPC endpoints that evenkeel needs"
  vpc_id      = var.vpc_id

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [var.endpoint_clients]
    description = "Whoever calls AWS from this network"
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = local.has_endpoints ? toset(local.endpoint_names) : toset([])
  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${local.names.Region}.${each.key}"
  private_dns_enabled = true
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.endpoint_security_group[0].id]
}

resource "aws_vpc_endpoint" "s3" {
  count             = length(var.route_table_ids) > 0 ? 1 : 0
  vpc_id            = var.vpc_id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${local.names.Region}.s3"
  route_table_ids   = var.route_table_ids
}
