# METADATA
# title: Containers are not privileged
# description: No container has the rights of its host.
# custom:
#   severity: critical
#   category: security
#   remedy: automated
#   kind: kubernetes
package flotilla.rules.no_privileged_containers

import data.flotilla.kubernetes
import data.flotilla.values

policy := rego.metadata.chain()[1].annotations

findings contains kubernetes.finding(container, message) if {
	some pod in kubernetes.pods
	some container in kubernetes.containers(pod, kubernetes.everywhere)
	not is_unprivileged(container.value)
	message := $"container {container.resource} is privileged"
}

is_unprivileged(container) if {
	context := values.as_object(object.get(container, "securityContext", null))
	object.get(context, "privileged", false) == false
}
