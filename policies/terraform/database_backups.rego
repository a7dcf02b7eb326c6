# METADATA
# title: Databases are backed up
# description: Backups are kept for a day at least, and for a week in production.
# custom:
#   severity: medium
#   category: operational
#   remedy: automated
#   kind: terraform
package flotilla.rules.database_backups

import data.flotilla.terraform

policy := rego.metadata.chain()[1].annotations

# What is kept when it does not say.
defaults := {
	"aws_db_instance": 0,
	"aws_rds_cluster": 1,
	"aws_docdb_cluster": 1,
	"aws_neptune_cluster": 1,
}

default required_days := 7

required_days := 1 if input.environment in {"dev", "staging"}

findings contains terraform.finding(database, message) if {
	some database in terraform.of_type(object.keys(defaults))
	not is_replica(database)
	days := object.get(database.body, "backup_retention_period", defaults[database.type])
	not is_enough(days)
	message := $"database {database.address} keeps its backups for less than {required_days} days"
}

is_enough(days) if {
	is_number(days)
	days >= required_days
}

is_replica(database) if object.get(database.body, "replicate_source_db", null) != null
