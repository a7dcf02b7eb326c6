# METADATA
# title: Databases are encrypted
# description: Storage of every database is encrypted at rest.
# custom:
#   severity: high
#   category: security
#   remedy: automated
#   kind: terraform
package flotilla.rules.database_encrypted

import data.flotilla.terraform

policy := rego.metadata.chain()[1].annotations

switches := {
	"aws_db_instance": "storage_encrypted",
	"aws_rds_cluster": "storage_encrypted",
	"aws_docdb_cluster": "storage_encrypted",
	"aws_neptune_cluster": "storage_encrypted",
	"aws_redshift_cluster": "encrypted",
}

findings contains terraform.finding(database, message) if {
	some database in terraform.of_type(object.keys(switches))
	not is_replica(database)
	object.get(database.body, switches[database.type], false) != true
	message := $"database {database.address} is not encrypted at rest"
}

# A replica is encrypted as what it copies.
is_replica(database) if object.get(database.body, "replicate_source_db", null) != null
