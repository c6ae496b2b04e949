# The policies are those of deploy/policies, which the project's tests prove; nothing of them is repeated here.
locals {
  name = "evenkeel-${var.installation}"

  # What stands for the names in them.
  names = {
    Partition         = data.aws_partition.current.partition
    DnsSuffix         = data.aws_partition.current.dns_suffix
    AccountId         = data.aws_caller_identity.current.account_id
    Region            = data.aws_region.current.id
    Installation      = var.installation
    Cluster           = var.cluster
    RolePath          = var.role_path
    SecretNames       = var.secret_names
    SopsKeyId         = var.sops_key_id
    RotationFunctions = var.rotation_functions
    ControllerRole    = local.name
  }
}

# What no role that evenkeel makes can go beyond.
resource "aws_iam_policy" "boundary" {
  name   = "${local.name}-tasks"
  policy = templatefile("${path.module}/../policies/boundary.json", local.names)
}

resource "aws_iam_policy" "controller_policy" {
  name   = local.name
  policy = templatefile("${path.module}/../policies/controller.json", merge(local.names, { Boundary = aws_iam_policy.boundary.arn }))
}

# For `evenkeel diff`, in a pipeline say: attach it to the role that the pipeline assumes.
resource "aws_iam_policy" "read_only_policy" {
  name   = "${local.name}-read-only"
  policy = templatefile("${path.module}/../policies/read-only.json", local.names)
}
