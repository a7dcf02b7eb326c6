# METADATA
# title: Containers have limits
# description: Every container says how much CPU and memory it may use.
# custom:
#   severity: medium
#   category: operational
#   remedy: automated
#   kind: kubernetes
package flotilla.rules.resource_limits

import data.flotilla.kubernetes

policy := rego.metadata.chain()[1].annotations

findings contains kubernetes.finding(container, message) if {
	some pod in kubernetes.pods
	some container in kubernetes.containers(pod, ["containers", "initContainers"])
	missing := [name | some name in ["cpu", "memory"]; not has_limit(container.value, name)]
	count(missing) > 0
	message := $"container {container.resource} has no limit for {concat(" and ", missing)}"
}

has_limit(container, name) if {
	limit := container.resources.limits[name]
	regex.match(`^[0-9]*\.?[0-9]*[1-9][0-9]*\.?[0-9]*([eE][0-9]+)?(m|k|[KMGTPE]i?)?$`, $"{limit}")
}
