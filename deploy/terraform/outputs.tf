output "queue_url" {
  description = "The queue of events"
  value       = aws_sqs_queue.queue.url
}

output "boundary_arn" {
  description = "What manifests name as permissionsBoundary"
  value       = aws_iam_policy.boundary.arn
}

output "read_only_policy_arn" {
  description = "For the role that a pipeline assumes for diff"
  value       = aws_iam_policy.read_only_policy.arn
}

output "security_group_id" {
  description = "For the service of deploy/self"
  value       = aws_security_group.security_group.id
}
