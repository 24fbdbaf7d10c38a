"""Follows /v1/stream over WebSocket with the package websockets, and prints so many messages, one on a line."""

import asyncio
import sys

import websockets


async def follow(url: str, count: int) -> None:
    async with websockets.connect(url, max_size=None) as stream:
        print("following", flush=True)
        for _ in range(count):
            print(await stream.recv(), flush=True)


asyncio.run(follow(sys.argv[1], int(sys.argv[2])))
