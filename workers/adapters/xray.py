"""Segments to the X-Ray daemon, through aws-xray-sdk. Tracing never makes a delivery fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from workers.runtime.tracing import NO_PARENT, Trace, new_trace


class XRayTracer:
    """Emits one segment a delivery to a daemon at `address` (`host:port`, UDP)."""

    def __init__(self, address: str, service: str) -> None:
        # The SDK imports botocore, which a worker without X-Ray may not need at that point.
        from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter  # noqa: PLC0415

        self._service = service
        self._emitter: Any = UDPEmitter()
        self._emitter.set_daemon_address(address)

    @contextmanager
    def segment(
        self, name: str, parent: Trace | None, annotations: dict[str, str]
    ) -> Iterator[Trace]:
        from aws_xray_sdk.core.models.segment import Segment  # noqa: PLC0415

        trace = parent or new_trace()
        segment: Any = Segment(
            name=name,
            traceid=trace.root,
            parent_id=parent.parent if parent and parent.parent != NO_PARENT else None,
            sampled=trace.sampled,
        )
        segment.put_annotation("service", self._service)
        for key, value in annotations.items():
            segment.put_annotation(key, value)
        try:
            yield Trace(trace.root, segment.id, trace.sampled)
        except BaseException as error:
            segment.add_fault_flag()
            segment.put_annotation("error", type(error).__name__)
            raise
        finally:
            segment.close()
            if trace.sampled:
                self._emitter.send_entity(segment)
