"""A customer with a cap, with the official client: its standing on every answer, and the refusal at the end."""
import urllib.error
import urllib.request

import anthropic
import pytest

import harness


def refuses_strangers(gateway):
    """Whether the gateway has seen that there are keys: until then it serves this machine as `default`."""
    try:
        with urllib.request.urlopen(f"{gateway.url}/v1/models"):
            return False
    except urllib.error.HTTPError as error:
        return error.code == 401


def create_key(gateway, customer, *limits):
    key = gateway.create_key(customer, *limits)
    harness.until(lambda: refuses_strangers(gateway), "the first key to be seen")
    return key


def request(max_tokens):
    return {"model": "claude-opus-5-5", "max_tokens": max_tokens, "messages": [{"role": "user", "content": "Hello"}]}


def standing(headers):
    prefix = "anthropic-ratelimit-unified-"
    return {name.removeprefix(prefix): value for name, value in headers.items() if name.startswith(prefix)}


@pytest.mark.parametrize("stream", [False, True])
def test_a_customer_with_a_cap_sees_its_standing_and_then_the_refusal(simulator, gateway, stream):
    # 1,000 tokens of output and one of input: 0.020004 USD a call. A cap of 0.10 USD has room for four: a fifth would
    # fit by what it costs, but not by what it may cost.
    harness.wait_for_midnight()
    simulator.default({"text": "Hello!", "usage": {"input_tokens": 1, "output_tokens": 1000}})
    key = create_key(gateway, "acme", "--daily-limit", "0.10")
    client = anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=0)
    seen = []
    with pytest.raises(anthropic.RateLimitError) as refused:
        for _ in range(10):
            with client.messages.with_streaming_response.create(**request(1000), stream=stream) as response:
                response.read()
                seen.append(standing(response.headers))
    assert [line["overage-utilization"] for line in seen] == ["0.00", "0.20", "0.40", "0.60"]
    assert {line["status"] for line in seen} == {"allowed"}
    assert all(line["representative-claim"] == "overage" and int(line["reset"]) > 0 for line in seen)
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert standing(refused.value.response.headers)["status"] == "rejected"
    assert refused.value.body["error"]["type"] == "billing_error"
    # Within the cap a shorter answer still fits, and is warned of the end.
    with client.messages.with_streaming_response.create(**request(10), stream=stream) as response:
        response.read()
        assert standing(response.headers)["overage-surpassed-threshold"] == "0.75"
    assert len(gateway.events()) == 5


def test_the_standing_is_not_told_to_customers_without_a_cap(gateway):
    key = create_key(gateway, "free")
    client = anthropic.Anthropic(api_key=key, base_url=gateway.url, max_retries=0)
    with client.messages.with_streaming_response.create(**request(10)) as response:
        response.read()
        assert standing(response.headers) == {}
