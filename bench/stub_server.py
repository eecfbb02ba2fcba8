"""An OpenAI-compatible server that answers every request after a fixed latency: ``python stub_server.py MILLISECONDS``.

It speaks just enough HTTP/1.1 over asyncio to be far from the bottleneck, and prints its address.
"""

import asyncio
import json
import sys

CLAIM = {
    "improvement": "2.5x", "metric": "throughput", "direction": "increase", "effect": "better",
    "method": "Larkspur", "baseline": "vLLM", "hardware": None, "setting": None,
}  # fmt: skip
CONTENT = json.dumps({"claims": [CLAIM]})
BODY = json.dumps(
    {
        "id": "stub",
        "object": "chat.completion",
        "created": 0,
        "model": "stub",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": CONTENT, "refusal": None}}
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
    }
).encode()
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


async def main(latency: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                if latency:
                    await asyncio.sleep(latency)
                writer.write(RESPONSE)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**20, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) / 1000))
