variable "installation" {
  description = "Owner id in tags, and part of the names made here"
  type        = string
  default     = "prod"
  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.installation))
    error_message = "Lower case letters, digits and hyphens."
  }
}

variable "image" {
  description = "The image, built from deploy/container/Dockerfile"
  type        = string
}

variable "architecture" {
  description = "What the image was built for"
  type        = string
  default     = "X86_64"
  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "X86_64 or ARM64."
  }
}

variable "cluster" {
  description = "The cluster that is managed, and in which evenkeel itself runs"
  type        = string
}

variable "vpc_id" {
  description = "Its network"
  type        = string
}

variable "subnet_ids" {
  description = "Subnets from which AWS and the Git server can be reached"
  type        = list(string)
}

variable "endpoint_clients" {
  description = "Makes VPC endpoints, for whoever has one of these addresses, say 10.0.0.0/16; empty makes none"
  type        = string
  default     = ""
}

variable "route_table_ids" {
  description = "Route tables of the subnets, for the endpoint of S3 from which images are pulled; empty makes none"
  type        = list(string)
  default     = []
}

variable "repository_url" {
  description = "The repository of manifests"
  type        = string
  validation {
    condition     = can(regex("^https://[^@]+$", var.repository_url))
    error_message = "An https:// address without a user."
  }
}

variable "branch" {
  description = "Its branch"
  type        = string
  default     = "main"
}

variable "path" {
  description = "The folder of the manifests; empty for all of it"
  type        = string
  default     = ""
}

variable "token_secret_arn" {
  description = "A secret whose value is the token that may read the repository"
  type        = string
  validation {
    condition     = can(regex("^arn:[a-z-]+:secretsmanager:.*$", var.token_secret_arn))
    error_message = "The ARN of a secret."
  }
}

variable "age_identity_secret_arn" {
  description = "A secret whose value is the age identity that decrypts values in Git; empty where there are no such values"
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^(arn:[a-z-]+:secretsmanager:.*)?$", var.age_identity_secret_arn))
    error_message = "The ARN of a secret, or nothing."
  }
}

variable "role_path" {
  description = "The path of every role that evenkeel makes"
  type        = string
  default     = "/evenkeel/"
  validation {
    condition     = can(regex("^/[a-z0-9/-]+/$", var.role_path))
    error_message = "A path with a slash at both ends."
  }
}

variable "secret_names" {
  description = "The secrets that tasks may read at most, as a pattern of names"
  type        = string
  default     = "*"
}

variable "kms_keys" {
  description = "Keys of KMS that secrets may be under, as manifests or secrets name them: id, ARN or alias; empty for none but aws/secretsmanager"
  type        = list(string)
  default     = []
}

variable "parameter_names" {
  description = "SSM parameters that tasks may read, as patterns of names; empty for none"
  type        = list(string)
  default     = []
}

variable "buckets" {
  description = "S3 buckets whose files of variables tasks may read, as patterns of names; empty for none"
  type        = list(string)
  default     = []
}

variable "pull_through" {
  description = "Repositories of ECR that tasks may make and fill through a pull-through cache, as patterns of names; empty for none"
  type        = list(string)
  default     = []
}

variable "managed_policy_arns" {
  description = "Policies of IAM that manifests may attach to roles, each by its ARN; empty for none"
  type        = list(string)
  default     = []
}

variable "secret_policy_principals" {
  description = "Whom the policies of secrets may let in: ARNs, accounts, services; empty for nobody"
  type        = list(string)
  default     = []
}

variable "sops_key_id" {
  description = "The id of a key of KMS under which files of SOPS in Git are, and whose policy lets the controller decrypt; none where there are no such files"
  type        = string
  default     = "none"
  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.sops_key_id))
    error_message = "A key's id, or none."
  }
}

variable "rotation_functions" {
  description = "The functions of Lambda that manifests may name to rotate secrets, as a pattern of names; none where they name none"
  type        = string
  default     = "none"
  validation {
    condition     = can(regex("^[A-Za-z0-9_*?-]+$", var.rotation_functions))
    error_message = "A function's name, a pattern of names, or none."
  }
}

variable "verify_mode" {
  description = "Which commits are believed by who signed them; any but None needs allowed_signers"
  type        = string
  default     = "None"
  validation {
    condition     = contains(["None", "Head", "EveryCommit"], var.verify_mode)
    error_message = "None, Head or EveryCommit."
  }
}

variable "allowed_signers" {
  description = "Who may sign, as lines of a file of allowed signers"
  type        = list(string)
  default     = []
}

variable "rewind_from" {
  description = "Commits that count as contained after a history was rewritten, separated by commas; empty again once all is applied"
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^([0-9a-f]{40}(,[0-9a-f]{40})*)?$", var.rewind_from))
    error_message = "Whole ids of commits, or nothing."
  }
}

variable "status_clients" {
  description = "Opens the port of the status to whoever has one of these addresses, say 10.0.0.0/16; empty opens it to nobody"
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^([0-9./]+)?$", var.status_clients))
    error_message = "Addresses such as 10.0.0.0/16, or nothing."
  }
}

variable "status_security_group_id" {
  description = "Opens the port of the status to whoever is in this security group; empty opens it to nobody"
  type        = string
  default     = ""
  validation {
    condition     = can(regex("^(sg-[0-9a-z-]+)?$", var.status_security_group_id))
    error_message = "The id of a security group, or nothing."
  }
}

variable "own_service" {
  description = "Makes evenkeel's own task and service; false where they are manifests, as in deploy/self"
  type        = bool
  default     = true
}
