"""python -m benchmarks.standin.load: how many messages a second a stand-in serves by itself.

Requests are written by hand and unsigned, so that the client costs next to nothing.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import affinity
from benchmarks.bodies import plain
from benchmarks.servers import standin

_RECEIPT = re.compile(rb'"ReceiptHandle":"([^"]*)"')
_QUEUE = "load"


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.standin.load",
        description=__doc__.splitlines()[0] if __doc__ else "",
        epilog="example: python -m benchmarks.standin.load --messages 200000",
    )
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    cores = affinity.cores()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bodies"
        path.write_text("".join(f"{json.dumps(each)}\n" for each in plain(given.messages, 0)))
        with standin(cores.server) as server:
            server.prepare(_QUEUE)
            server.preload(_QUEUE, path)
            server.watch([])
            before = server.report()
            with affinity.pinned(cores.worker):
                seconds = asyncio.run(_drain(server.endpoint_url, given.connections))
            report = server.report()
    assert report["deleted"] == given.messages
    rate = given.messages / seconds
    own = given.messages / (report["cpu"] - before["cpu"])
    print(f"{rate:,.0f} messages/s; {own:,.0f} a second of the server's processor time")
    return 0


async def _drain(endpoint: str, connections: int) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(_consume(endpoint) for _ in range(connections)))
    return time.perf_counter() - began


async def _consume(endpoint: str) -> None:
    host, port = endpoint.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    url = f"{endpoint}/000000000000/{_QUEUE}"
    asked = json.dumps({"QueueUrl": url, "MaxNumberOfMessages": 10}).encode()
    while True:
        receipts = _RECEIPT.findall(await _call(reader, writer, "ReceiveMessage", asked))
        if not receipts:
            writer.close()
            return
        entries = b",".join(
            b'{"Id":"%d","ReceiptHandle":"%b"}' % each for each in enumerate(receipts)
        )
        body = b'{"QueueUrl":"%b","Entries":[%b]}' % (url.encode(), entries)
        await _call(reader, writer, "DeleteMessageBatch", body)


async def _call(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, operation: str, body: bytes
) -> bytes:
    writer.write(
        b"POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.%b\r\nContent-Length: %d\r\n\r\n%b"
        % (operation.encode(), len(body), body)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(int(head.rpartition(b"Content-Length: ")[2]))


if __name__ == "__main__":
    sys.exit(main())
