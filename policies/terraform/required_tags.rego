# METADATA
# title: Resources say whose they are
# description: Taggable resources carry Service, Environment, Owner and ManagedBy, their own or the provider's.
# custom:
#   severity: medium
#   category: operational
#   remedy: automated
#   kind: terraform
package flotilla.rules.required_tags

import data.flotilla.terraform

policy := rego.metadata.chain()[1].annotations

required := {"Service", "Environment", "Owner", "ManagedBy"}

taggable := {
	"aws_acm_certificate",
	"aws_alb",
	"aws_apigatewayv2_api",
	"aws_cloudwatch_log_group",
	"aws_cloudwatch_metric_alarm",
	"aws_db_instance",
	"aws_db_parameter_group",
	"aws_db_subnet_group",
	"aws_docdb_cluster",
	"aws_dynamodb_table",
	"aws_ebs_volume",
	"aws_ecr_repository",
	"aws_ecs_cluster",
	"aws_ecs_service",
	"aws_ecs_task_definition",
	"aws_efs_file_system",
	"aws_eip",
	"aws_eks_cluster",
	"aws_elasticache_cluster",
	"aws_elasticache_replication_group",
	"aws_iam_policy",
	"aws_iam_role",
	"aws_iam_user",
	"aws_instance",
	"aws_internet_gateway",
	"aws_kinesis_stream",
	"aws_kms_key",
	"aws_lambda_function",
	"aws_launch_template",
	"aws_lb",
	"aws_lb_target_group",
	"aws_nat_gateway",
	"aws_neptune_cluster",
	"aws_rds_cluster",
	"aws_rds_cluster_instance",
	"aws_redshift_cluster",
	"aws_route_table",
	"aws_s3_bucket",
	"aws_secretsmanager_secret",
	"aws_security_group",
	"aws_sfn_state_machine",
	"aws_sns_topic",
	"aws_sqs_queue",
	"aws_ssm_parameter",
	"aws_subnet",
	"aws_vpc",
}

findings contains terraform.finding(resource, message) if {
	some resource in terraform.of_type(taggable)
	missing := required - (own(resource) | inherited(resource))
	count(missing) > 0
	message := $"{resource.address} lacks the tags {concat(", ", sort(missing))}"
}

own(resource) := names(object.get(resource.body, "tags", null))

# METADATA
# description: |
#   Tags of the default AWS provider in the folder or one above it. A resource that names its
#   provider may be on another one.
inherited(resource) := {name |
	not resource.body.provider
	some block in terraform.providers
	is_above(block.folder, resource.folder)
	some defaults in terraform.nested(block.body, "default_tags")
	terraform.is_static(defaults)
	some name in names(object.get(defaults, "tags", null))
}

is_above(folder, other) if folder in {".", other}

is_above(folder, other) if startswith(other, $"{folder}/")

names(tags) := {name | some name, value in tags; is_given(value)} if is_object(tags)

names(tags) := set() if not is_object(tags)

is_given(value) if {
	is_string(value)
	trim_space(value) != ""
}

is_given(value) if is_number(value)
