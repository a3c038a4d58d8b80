"""The official OpenAI SDK against whatever OPENAI_BASE_URL names: what it gets is printed as one line of JSON.

Nothing here knows of a gateway. That is the point: the two variables are all that changes.
"""

import json
import sys

import openai
from openai import OpenAI

client = OpenAI()
question = [{"role": "user", "content": "hello"}]


def told(response):
    return {name: value for name, value in response.headers.items() if name.startswith("x-steadfast-")}


def plain(model):
    response = client.chat.completions.with_raw_response.create(model=model, messages=question)
    answer = response.parse()
    return {"text": answer.choices[0].message.content, "model": answer.model, "headers": told(response)}


def stream(model):
    response = client.chat.completions.with_raw_response.create(model=model, messages=question, stream=True)
    text, models = "", set()
    for chunk in response.parse():
        text += chunk.choices[0].delta.content or ""
        models.add(chunk.model)
    return {"text": text, "model": "|".join(models), "headers": told(response)}


def models():
    return {"ids": [model.id for model in client.models.list()]}


verb, *arguments = sys.argv[1:]
try:
    result = {"plain": plain, "stream": stream, "models": models}[verb](*arguments)
except openai.APIError as error:
    result = {"error": type(error).__name__, "status": getattr(error, "status_code", None), "code": error.code, "message": error.message}
print(json.dumps(result))
