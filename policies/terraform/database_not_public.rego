# METADATA
# title: Databases have no public address
# description: No database can be reached from the internet.
# custom:
#   severity: high
#   category: security
#   remedy: automated
#   kind: terraform
package flotilla.rules.database_not_public

import data.flotilla.terraform

policy := rego.metadata.chain()[1].annotations

# What a database is when it does not say; Redshift was public before version 6 of the provider.
defaults := {
	"aws_db_instance": false,
	"aws_rds_cluster_instance": false,
	"aws_redshift_cluster": true,
	"aws_dms_replication_instance": true,
}

findings contains terraform.finding(database, message) if {
	some database in terraform.of_type(object.keys(defaults))
	object.get(database.body, "publicly_accessible", defaults[database.type]) != false
	message := $"database {database.address} is publicly accessible"
}
