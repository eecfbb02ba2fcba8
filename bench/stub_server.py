"""An OpenAI-compatible server that answers every request after a fixed latency: ``python stub_server.py MILLISECONDS``.

It speaks just enough HTTP/1.1 to be far from the bottleneck, prints its address, and ends with its standard input. A
request with tools gets the answer as a call of the tool, as instructor asks by default.
"""

import asyncio
import json
import sys

CLAIM = {
    "improvement": "2.5x", "metric": "throughput", "direction": "increase", "effect": "better",
    "method": "Larkspur", "baseline": "vLLM", "hardware": None, "setting": None,
}  # fmt: skip
CONTENT = json.dumps({"claims": [CLAIM]})


def response(message: dict[str, object], finish_reason: str) -> bytes:
    body = {
        "id": "stub",
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant"} | message}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
    }
    text = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)


CALL = {"id": "call", "type": "function", "function": {"name": "Answer", "arguments": CONTENT}}
PLAIN = response({"content": CONTENT, "refusal": None}, "stop")
TOOL = response({"content": None, "tool_calls": [CALL]}, "tool_calls")


class Answering(asyncio.Protocol):
    """One connection: a request at a time, as HTTP/1.1 without pipelining has it."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._received = bytearray()
        self._whole = 0  # bytes of the request under way, once its head is there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._whole:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return
            length = self._received[:head].lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self._whole = head + 4 + int(length)
        if len(self._received) < self._whole:
            return
        answer = TOOL if b'"tools":' in self._received else PLAIN
        self._received.clear()
        self._whole = 0
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def main(latency: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(latency), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) / 1000))
