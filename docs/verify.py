#!/usr/bin/env python3
"""Verifies the files of DIR: keys.json, price-books/*.txt, receipts.jsonl, commitments/*.json and proofs/*.json.
usage: verify.py DIR   What is checked, and why it is enough: docs/settlement.md. Any failure ends it with status 1."""
import base64, glob, hashlib, json, os, pathlib, sys, time
def check(condition, message): condition or sys.exit("verify: " + message)
def sha3(data): return hashlib.sha3_256(data).digest()
def canonical(value): return json.dumps(value, sort_keys=True, separators=(",", ":"))
def parse(text): return json.loads(text, parse_float=lambda t: check(False, "not an integer: " + t))
def files(*path): return [(p, pathlib.Path(p).read_bytes().decode()) for p in sorted(glob.glob(os.path.join(*path)))]
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519, RFC 8032 §5.1, extended coordinates
D = -121665 * pow(121666, -1, P) % P
def add(a, b):
    s, t, u, v = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0]), 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    return (t - s) * (v - u) % P, (v + u) * (t + s) % P, (v - u) * (v + u) % P, (t - s) * (t + s) % P
def multiply(n, p): return add(multiply(n - 1, p), p) if n & 1 else multiply(n >> 1, add(p, p)) if n else (0, 1, 1, 0)
def point(data):
    y = int.from_bytes(data, "little"); sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P); x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    check(x * x % P == square and y < P and (x or not sign), "a key is not a point of the curve")
    return (x, y, 1, x * y % P) if x & 1 == sign else (P - x, y, 1, (P - x) * y % P)
BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def check_signature(keys, signed, line, data, dated):
    key, end = keys.get(signed["key"], (None, None)); check(key, "unknown key " + signed["key"])
    text = base64.b64decode(signed["signature"], validate=True); s = int.from_bytes(text[32:], "little")
    h = int.from_bytes(hashlib.sha512(text[:32] + key + line + data).digest(), "little")
    x, y, z, _ = add(multiply(s, BASE), multiply(L - h % L, point(key))); x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    check(len(text) == 64 and s < L and (y | (x & 1) << 255).to_bytes(32, "little") == text[:32], "a signature is wrong")
    check(end is None or dated < end, "dated when the key %s had stopped signing" % signed["key"])
def amount(value): return value.to_bytes(16, "big")  # an OverflowError if negative or over 128 bits
def leaf(hash, charge): return (sha3(b"\2" + hash), 0) if charge is None else (sha3(b"\0" + hash + amount(charge)), charge)
def parent(a, b): return amount(a[1] + b[1]) and (sha3(b"\1" + a[0] + amount(a[1]) + b[0] + amount(b[1])), a[1] + b[1])
def root(n): return root([parent(*n[i:i + 2]) if n[i + 1:] else n[i] for i in range(0, len(n), 2)]) if n[1:] else n[0]
def climb(node, path, size):
    index, last, steps = path["index"], size - 1, list(path["steps"])
    check(path["size"] == size and 0 <= index < size, "a path has the wrong index or size")
    while last > 0:
        if index & 1 or index < last:
            step = steps.pop(0) if steps else {}; side = "left" if index & 1 else "right"
            check(step.get("side") == side, "a path has the wrong shape"); sibling = bytes.fromhex(step["hash"]), step["sum"]
            node = parent(sibling, node) if side == "left" else parent(node, sibling)
        index, last = index >> 1, last >> 1
    check(not steps, "a path is too long"); return node
def check_receipt(line, keys, books, receipts):
    signed = parse(line); receipt = signed["receipt"]; data = canonical(receipt)
    check(line == '{"receipt":%s,"key":"%s","signature":"%s"}' % (data, signed["key"], signed["signature"]), "not canonical")
    check_signature(keys, signed, b"flowmeter receipt 1\n", data.encode(), receipt["time"])
    prices = books.get(receipt["price_book"]); check(prices, "no price book " + receipt["price_book"])
    missing = [l["sku"] for l in receipt["lines"] if l["sku"] not in prices]
    due = None if missing else sum(l["quantity"] * prices[l["sku"]] for l in receipt["lines"])
    check(receipt["charge"] == due and receipt.get("missing", []) == missing, "%s is not charged %s" % (receipt["id"], due))
    place, hashed = (receipt["customer"], receipt["sequence"]), (sha3(data.encode()), receipt)
    check(receipts.setdefault(place, hashed) == hashed, "two receipts %s of %s" % place[::-1])
def price(plan, total):  # what a plan asks for a month's list price, in 10⁻²⁰ USD
    tiers = [{"from": 0, "discount_bp": 0}, *plan["tiers"]]; cuts = [min(total, t["from"]) for t in tiers] + [total]
    return sum((b - a) * (10000 - t["discount_bp"]) for a, b, t in zip(cuts, cuts[1:], tiers)) * (10000 + plan["markup_bp"])
def check_proof(proof, receipts, stated):
    entry, first, last = proof["entry"], proof["entry"]["first_sequence"], proof["entry"]["last_sequence"]
    total = bytes.fromhex(entry["root"]), entry["sum"]; is_total = proof["kind"] == "total"
    top = climb(leaf(sha3(canonical(entry).encode()), entry["due"]), proof["entry_path"], stated["customers"])
    check(top == (bytes.fromhex(stated["root"]), stated["sum"]) and entry["epoch"] == stated["epoch"], "not committed to")
    places = [(entry["customer"], n) for n in (range(first, last + 1) if is_total else [first + proof["path"]["index"]])]
    check(all(place in receipts for place in places), "a receipt of %s is missing" % entry["customer"])
    own = [receipts[place] for place in places]; leaves = [leaf(hash, receipt["charge"]) for hash, receipt in own]
    if not is_total:
        check(proof["kind"] == "inclusion" and proof["receipt"] == own[0][0].hex(), "the proof is for another receipt")
        check(climb(leaves[0], proof["path"], last - first + 1) == total, "a receipt is not in the customer's total")
        return check(proof["charge"] == own[0][1]["charge"], "the proof states another charge")
    links = [receipt["previous"] for _, receipt in own] + [entry["last_hash"]]
    check(links == [entry["previous_hash"]] + [hash.hex() for hash, _ in own], "the receipts are not a chain")
    check(root(leaves) == total and entry["count"] == len(own), "the receipts do not give the stated total")
    unpriced, books = sum(r["charge"] is None for _, r in own), sorted({r["price_book"] for _, r in own})
    check((entry["unpriced"], entry["price_books"]) == (unpriced, books), "prices of the receipts are misstated")
    sums = {month["month"]: [month["list"], month["exact"]] for month in entry["months"]}
    for receipt in [receipt for _, receipt in reversed(own) if receipt["charge"]]:  # taken back, they give the sums before
        plan = [{"tiers": [], "markup_bp": 0}] + [plan for plan in entry["plans"] if plan["from"] <= receipt["time"]]
        month = sums.get(time.strftime("%Y-%m", time.gmtime(receipt["time"] // 1000)), [0, 0]); month[0] -= receipt["charge"]
        month[1] += price(plan[-1], month[0]) - price(plan[-1], month[0] + receipt["charge"])
        check(min(month) >= 0, "the sums of the months are misstated")
    due = sum(month["exact"] // 10**8 - sums[month["month"]][1] // 10**8 for month in entry["months"])
    check(due == entry["due"], "the plan of %s makes %d due" % (entry["customer"], due))
    check(first > 1 or [entry["cumulative_" + k] for k in ("charge", "due")] == [total[1], entry["due"]], "no first total")
keys, books, receipts, commitments, folder = {}, {}, {}, {}, glob.escape(sys.argv[1] if sys.argv[1:] else sys.exit(__doc__))
for key in parse((files(folder, "keys.json") or check(False, "no keys.json in " + folder))[0][1])["keys"]:
    public = base64.b64decode(key["public_key"], validate=True); keys[key["id"]] = public, key["not_after"]
    check(hashlib.sha256(public).hexdigest()[:16] == key["id"], "a key has another's id")
for _, text in files(folder, "price-books", "*.txt"):
    lines = sorted(line + "\n" for line in text.split("\n\n", 1)[1].split("\n") if line and line[0] != "#")
    books[sha3("".join(lines).encode()).hex()] = {line.split()[0]: int(line.split()[1]) for line in lines}
for line in files(folder, "receipts.jsonl")[0][1].splitlines(): check_receipt(line, keys, books, receipts)
for path, text in files(folder, "commitments", "*.json"):
    signed = parse(text); check(canonical(signed) == text, path + " is not in canonical form")
    data = canonical(signed["commitment"]).encode(); commitments[sha3(data).hex()] = signed["commitment"]
    check_signature(keys, signed, b"flowmeter commitment 1\n", data, signed["commitment"]["closed"])
for path, text in (proofs := files(folder, "proofs", "*.json")):
    proof = parse(text); check(canonical(proof) == text and proof["version"] == 1, path + " is not in canonical form")
    check(proof["commitment"] in commitments, path + " is for a commitment that is not here")
    check_proof(proof, receipts, commitments[proof["commitment"]])
print("verified: %d receipts, %d commitments, %d proofs" % (len(receipts), len(commitments), len(proofs)))
