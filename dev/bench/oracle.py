#!/usr/bin/env python3
"""Makes the same customer roots, and checks the same receipts, as OracleBenchmark: with Python's hashlib (OpenSSL) and the
package cryptography (OpenSSL).  usage: oracle.py DIRECTORY   with what `OracleBenchmark export` wrote there"""
import base64, hashlib, json, pathlib, sys, time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def sha3(data):
    return hashlib.sha3_256(data).digest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def amount(value):
    return value.to_bytes(16, "big")


def root(nodes):
    while len(nodes) > 1:
        parents = [(sha3(b"\1" + a + amount(x) + b + amount(y)), x + y) for (a, x), (b, y) in zip(nodes[::2], nodes[1::2])]
        nodes = parents + nodes[len(parents) * 2:]
    return nodes[0]


def close(path):
    """The roots of all customers, after checking that the receipts are chains."""
    trees, last = {}, {}
    for line in path.open("rb"):
        receipt = json.loads(line)["receipt"]
        customer = receipt["customer"]
        assert receipt["previous"] == last.get(customer, "0" * 64) and receipt["sequence"] == len(trees.get(customer, [])) + 1
        digest = sha3(canonical(receipt))
        last[customer] = digest.hex()
        trees.setdefault(customer, []).append((sha3(b"\0" + digest + amount(receipt["charge"])), receipt["charge"]))
    return {customer: root(leaves) for customer, leaves in trees.items()}


def verify(lines, key, prices):
    for line in lines:
        signed = json.loads(line)
        receipt = signed["receipt"]
        key.verify(base64.b64decode(signed["signature"]), b"flowmeter receipt 1\n" + canonical(receipt))
        assert receipt["charge"] == sum(part["quantity"] * prices[part["sku"]] for part in receipt["lines"])


def sign(receipts, key):
    for receipt in receipts:
        data = canonical(receipt)
        signature = base64.b64encode(key.sign(b"flowmeter receipt 1\n" + data)).decode()
        text = '{"receipt":%s,"key":"0123456789abcdef","signature":"%s"}' % (data.decode(), signature)
    return text


def measured(body, *arguments):
    start = time.process_time()
    return body(*arguments), time.process_time() - start


directory = pathlib.Path(sys.argv[1])
expected = {}
for line in (directory / "roots.txt").read_text().splitlines():
    customer, digest, total = line.split()
    expected[customer] = bytes.fromhex(digest), int(total)
roots, seconds = measured(close, directory / "receipts.jsonl")
assert roots == expected, "the roots differ"
lines = (directory / "receipts.jsonl").read_text().splitlines()
print(f"python close_ns {seconds * 1e9 / len(lines):.0f}")
key = json.loads((directory / "keys.json").read_text())["keys"][0]
public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
text = (directory / "price-book.txt").read_text().split("\n\n", 1)[1]
prices = {sku: int(price) for sku, price in (line.split() for line in text.splitlines() if line and line[0] != "#")}
some = lines[:20_000]
print(f"python verify_ns {measured(verify, some, public, prices)[1] * 1e9 / len(some):.0f}")
some = [json.loads(line)["receipt"] for line in some]
print(f"python sign_ns {measured(sign, some, Ed25519PrivateKey.generate())[1] * 1e9 / len(some):.0f}")
