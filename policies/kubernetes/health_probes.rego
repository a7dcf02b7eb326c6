# METADATA
# title: Containers say how they are
# description: Containers that keep running have a liveness and a readiness probe.
# custom:
#   severity: medium
#   category: operational
#   remedy: assisted
#   kind: kubernetes
package flotilla.rules.health_probes

import data.flotilla.kubernetes

policy := rego.metadata.chain()[1].annotations

findings contains kubernetes.finding(container, message) if {
	some pod in kubernetes.pods
	not ends_by_itself(pod)
	some container in kubernetes.containers(pod, ["containers"])
	missing := [probe |
		some probe in ["livenessProbe", "readinessProbe"]
		not has_probe(container.value, probe)
	]
	count(missing) > 0
	message := $"container {container.resource} has no {concat(" and no ", missing)}"
}

ends_by_itself(pod) if pod.kind in {"Job", "CronJob"}

ends_by_itself(pod) if {
	pod.kind == "Pod"
	pod.spec.restartPolicy in {"Never", "OnFailure"}
}

has_probe(container, probe) if {
	ways := object.keys(container[probe])
	count(ways & {"httpGet", "tcpSocket", "exec", "grpc"}) == 1
}
