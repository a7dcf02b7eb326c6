# METADATA
# title: Machines have a reasonable size
# description: Instances are large at most, and 2xlarge at most in production.
# custom:
#   severity: medium
#   category: cost
#   remedy: advisory
#   kind: terraform
package flotilla.rules.instance_type_limit

import data.flotilla.terraform

policy := rego.metadata.chain()[1].annotations

fields := {
	"aws_instance": "instance_type",
	"aws_launch_template": "instance_type",
	"aws_spot_instance_request": "instance_type",
	"aws_db_instance": "instance_class",
	"aws_rds_cluster_instance": "instance_class",
	"aws_docdb_cluster_instance": "instance_class",
	"aws_elasticache_cluster": "node_type",
	"aws_elasticache_replication_group": "node_type",
	"aws_redshift_cluster": "node_type",
}

everywhere := {"nano", "micro", "small", "medium", "large", "serverless"}

default sizes := {"nano", "micro", "small", "medium", "large", "serverless"}

sizes := everywhere | {"xlarge", "2xlarge"} if input.environment == "production"

findings contains terraform.finding(resource, message) if {
	some resource in terraform.of_type(object.keys(fields))
	type := object.get(resource.body, fields[resource.type], null)
	type != null
	not is_small(type)
	message := $"{resource.address} is {type}, which is larger than its environment may have"
}

is_small(type) if {
	parts := split(type, ".")
	parts[count(parts) - 1] in sizes
}
