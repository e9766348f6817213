#!/usr/bin/env python3
"""Calls the API at a URL with the official client in every way, and writes down what the client saw, as JSON.

    official_client.py URL

It runs with any version of the client; each script's results are what a user's program can see.
"""
import json
import sys
import traceback

import anthropic

WEATHER = {
    "name": "get_weather", "description": "The weather of a place",
    "input_schema": {
        "type": "object", "required": ["city", "days"],
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    },
}
SYSTEM = [
    {"type": "text", "text": "You are exact. " * 40, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    {"type": "text", "text": "Größe 東京 🌊 " * 30, "cache_control": {"type": "ephemeral"}},
]


def client(url):
    return anthropic.Anthropic(api_key="sk-test", base_url=url, max_retries=0)


def ask(prompt="Hello", **extra):
    return {"model": "claude-opus-5-5", "max_tokens": 4000, "messages": [{"role": "user", "content": prompt}], **extra}


def plain(value):
    """What the client can see of a result: its fields and its request id."""
    return {"fields": value.model_dump(mode="json"), "request_id": value._request_id}


def create(api):
    return plain(api.messages.create(**ask("A plain question")))


def create_stream(api):
    with api.messages.stream(**ask("Tell me a story")) as stream:
        events = [event.model_dump(mode="json") for event in stream]
        return {"events": events, "message": stream.get_final_message().model_dump(mode="json"),
                "request_id": stream.response.headers["request-id"]}


def raw_stream(api):
    return [event.model_dump(mode="json") for event in api.messages.create(**ask("Raw events"), stream=True)]


def tool_loop(api):
    messages = [{"role": "user", "content": "How is the weather?"}]
    results = []
    for choice in ({"type": "any"}, {"type": "auto"}):
        with api.messages.stream(**ask(tools=[WEATHER], tool_choice=choice) | {"messages": messages}) as stream:
            answer = stream.get_final_message()
        results.append(answer.model_dump(mode="json"))
        calls = [block for block in answer.content if block.type == "tool_use"]
        messages.append({"role": "assistant", "content": [b.model_dump(exclude_none=True) for b in answer.content]})
        messages.append({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": call.id, "content": "sunny"} for call in calls]})
    assert [result["stop_reason"] for result in results] == ["tool_use", "end_turn"]
    return results


def thinking(api):
    request = ask("Think about it", thinking={"type": "enabled", "budget_tokens": 1024})
    with api.messages.stream(**request) as stream:
        streamed = stream.get_final_message().model_dump(mode="json")
    whole = plain(api.messages.create(**request))
    assert streamed["content"][0]["type"] == whole["fields"]["content"][0]["type"] == "thinking"
    return streamed, whole


def prompt_cache(api):
    usages = []
    for prompt in ("one", "two", "three"):
        usages.append(api.messages.create(**ask(prompt, system=SYSTEM)).usage.model_dump(mode="json"))
    assert usages[0]["cache_creation"]["ephemeral_1h_input_tokens"] > 0
    assert usages[1]["cache_read_input_tokens"] == usages[0]["cache_creation_input_tokens"]
    return usages


def web_search(api):
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    with api.messages.stream(**ask("Search", tools=tools)) as stream:
        final = stream.get_final_message()
    assert final.usage.server_tool_use.web_search_requests == 1
    return final.model_dump(mode="json"), plain(api.messages.create(**ask("Search too", tools=tools)))


def iterations(api):
    results = []
    for preset in ("compaction", "advisor", "fallback", "fallback_after_output"):
        prompt = f"[[simulate:{preset}]]"
        results.append(plain(api.beta.messages.create(**ask(prompt, model="claude-sonnet-5-5"))))
        with api.beta.messages.stream(**ask(prompt + " streamed", model="claude-sonnet-5-5")) as stream:
            results.append(stream.get_final_message().model_dump(mode="json"))
    return results


def modifiers(api):
    return [
        plain(api.beta.messages.create(**ask("Quick", speed="fast", inference_geo="us"))),
        plain(api.beta.messages.create(**ask("Long " * 90_000, model="claude-haiku-5-5"))),
        plain(api.messages.create(**ask("Dated", model="claude-haiku-4-5-20251001"))),
    ]


def refusals(api):
    return [plain(api.messages.create(**ask(f"[[simulate:{name}]]"))) for name in ("refusal", "refusal_midway")]


def count_tokens(api):
    request = ask("How long is this?", system=SYSTEM, tools=[WEATHER])
    del request["max_tokens"]
    return plain(api.messages.count_tokens(**request))


def models(api):
    return [model.model_dump(mode="json") for model in api.models.list(limit=5)], plain(
        api.models.retrieve("claude-opus-5-5"))


def batch(api):
    requests = [{"custom_id": f"item-{n}", "params": ask(f"Question {n}")} for n in range(5)]
    requests.append({"custom_id": "fails", "params": ask("[[simulate:server_error]]")})
    requests.append({"custom_id": "expires", "params": ask('[[simulate:{"batch_outcome":"expired"}]]')})
    created = api.messages.batches.create(requests=requests)
    assert created.processing_status == "in_progress"
    ended = api.messages.batches.retrieve(created.id)
    assert ended.processing_status == "ended"
    assert ended.results_url.startswith(str(api.base_url).rstrip("/"))
    results = {}
    # The results may be fetched more than once, and are billed once.
    for _ in range(2):
        results = {r.custom_id: r.model_dump(mode="json") for r in api.messages.batches.results(created.id)}
    assert sorted(r["result"]["type"] for r in results.values()) == ["errored", "expired"] + ["succeeded"] * 5
    listed = [b.id for b in api.messages.batches.list()]
    times = ("created_at", "ended_at", "expires_at", "results_url")
    return [{k: v for k, v in b.model_dump(mode="json").items() if k not in times} for b in (created, ended)], results, listed


def errors(api):
    """Every error comes through with its class, its body and its request id."""
    cases = [
        ("bad request", dict(max_tokens=-1)), ("unknown model", dict(model="claude-nonexistent-9")),
        *((f"status {status}", dict(messages=[{"role": "user", "content": f"[[simulate:{marker(status)}]]"}]))
          for status in (400, 403, 404, 409, 413, 429, 500, 504, 529)),
    ]
    seen = []
    for name, change in cases:
        for stream in (False, True):
            try:
                api.messages.create(**ask(name) | change, stream=stream)
            except anthropic.APIStatusError as error:
                seen.append((name, type(error).__name__, error.status_code, error.body, error.request_id,
                             error.response.headers.get("retry-after"), error.response.headers.get("x-should-retry")))
            else:
                raise AssertionError(f"{name} was answered")
    return seen


def marker(status):
    return f'{{"failure":{{"status":{status},"retry_after":3}},"headers":{{"x-should-retry":"false"}}}}'


def error_in_stream(api):
    seen = []
    try:
        for event in api.messages.create(**ask("[[simulate:error_event]]"), stream=True):
            seen.append(event.model_dump(mode="json"))
    except anthropic.APIError as error:
        seen.append((type(error).__name__, error.body))
    return seen


SCRIPTS = [create, create_stream, raw_stream, tool_loop, thinking, prompt_cache, web_search, iterations, modifiers,
           refusals, count_tokens, models, batch, errors, error_in_stream]


def main():
    api = client(sys.argv[1])
    results = {"version": anthropic.__version__}
    for script in SCRIPTS:
        try:
            results[script.__name__] = script(api)
        except Exception:
            results[script.__name__] = {"failed": traceback.format_exc()}
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
