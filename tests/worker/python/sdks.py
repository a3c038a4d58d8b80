"""The official SDKs of Python, asked line by line: `sdks.py chat|responses|anthropic URL KEY`.

Each line of standard input is a request with an `id`, or says that the one with this `id` is to be cancelled.
Each line of standard output is a piece of a stream, the whole answer as the SDK has it, or the SDK's error.
The SDKs are told to hold every answer against their own types.
"""

import asyncio
import json
import sys

import anthropic
import openai
from pydantic import BaseModel


class Weather(BaseModel):
    city: str
    degrees: float


def plain(parsed):
    return parsed.model_dump() if parsed is not None else None


class Chat:
    def __init__(self, url, key):
        client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, _strict_response_validation=True)
        self.api = client.chat.completions

    async def whole(self, request, schema):
        if not schema:
            return await self.api.create(**request), None
        answer = await self.api.parse(**request, response_format=Weather)
        return answer, answer.choices[0].message.parsed

    async def streamed(self, request, heard):
        async with self.api.stream(**request, stream_options={"include_usage": True}) as stream:
            async for event in stream:
                if event.type == "content.delta":
                    heard(event.delta)
            return await stream.get_final_completion()


class Responses:
    def __init__(self, url, key):
        client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, _strict_response_validation=True)
        self.api = client.responses

    async def whole(self, request, schema):
        if not schema:
            return await self.api.create(**request), None
        answer = await self.api.parse(**request, text_format=Weather)
        return answer, answer.output_parsed

    async def streamed(self, request, heard):
        async with self.api.stream(**request) as stream:
            async for event in stream:
                if event.type == "response.output_text.delta":
                    heard(event.delta)
            return await stream.get_final_response()


class Messages:
    def __init__(self, url, key):
        client = anthropic.AsyncAnthropic(base_url=url, api_key=key, max_retries=0, _strict_response_validation=True)
        self.api = client.messages

    async def whole(self, request, schema):
        if not schema:
            return await self.api.create(**request), None
        answer = await self.api.parse(**request, output_format=Weather)
        return answer, answer.parsed_output

    async def streamed(self, request, heard):
        async with self.api.stream(**request) as stream:
            async for event in stream:
                if event.type == "text":
                    heard(event.text)
            return await stream.get_final_message()


def say(**line):
    print(json.dumps(line), flush=True)


async def answer(api, asked):
    id, pieces, parsed = asked["id"], 0, None

    def heard(piece):
        nonlocal pieces
        pieces += 1
        say(id=id, piece=piece)

    try:
        if asked["stream"]:
            whole = await api.streamed(asked["request"], heard)
        else:
            whole, parsed = await api.whole(asked["request"], asked["schema"])
        say(id=id, answer=whole.to_dict(), pieces=pieces, parsed=plain(parsed))
    except (Exception, asyncio.CancelledError) as error:
        kind, why = type(error).__name__, f"{error} {error.__cause__ or ''}"
        say(id=id, error={"kind": kind, "status": getattr(error, "status_code", None), "message": why})


async def main(name, url, key):
    api = {"chat": Chat, "responses": Responses, "anthropic": Messages}[name](url, key)
    lines = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    tasks = {}
    while line := await lines.readline():
        asked = json.loads(line)
        if asked.get("cancel"):
            tasks[asked["id"]].cancel()
        else:
            tasks[asked["id"]] = asyncio.create_task(answer(api, asked))


asyncio.run(main(*sys.argv[1:]))
