# evenkeel on Fargate: the same as deploy/cloudformation, for those who use Terraform.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.77, < 7.0" # aws_ecs_service.availability_zone_rebalancing
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}
