"""Random transactions, encoded and signed by flow-py-sdk and by this project, compared byte for byte.

Runs in an environment that has flow-py-sdk: python flow_py_sdk_differential.py PROGRAM COUNT SEED
"""
import hashlib
import json
import random
import subprocess
import sys

import rlp
from flow_py_sdk import AccountKey, HashAlgo, InMemorySigner, InMemoryVerifier, ProposalKey, SignAlgo, Tx, cadence
from flow_py_sdk.cadence.encode import encode_arguments
from flow_py_sdk.signer import TransactionDomainTag, UserDomainTag
from flow_py_sdk.tx import TxSignature

ORDER = {SignAlgo.ECDSA_P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
         SignAlgo.ECDSA_secp256k1: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141}
TEXTS = ["", "foo", "é漢👍", 'quotes " and \\ and\nlines', "<html>&", "\u0001\u001f", "x" * 300]


def integer(source, bits, signed):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return source.choice([low, high, 0, source.randint(low, high)])


def value(source, depth):
    scalars = [
        lambda: cadence.Bool(source.random() < 0.5), lambda: cadence.String(source.choice(TEXTS)),
        lambda: cadence.Address(source.randbytes(8)), lambda: cadence.Int(integer(source, 400, True)),
        lambda: cadence.UInt(integer(source, 400, False)), lambda: cadence.Fix64(integer(source, 64, True)),
        lambda: cadence.UFix64(integer(source, 64, False)), lambda: cadence.Void(),
        lambda: cadence.Path("storage", "flowTokenVault"),
    ]
    for bits in (8, 16, 32, 64, 128, 256):
        scalars.append(lambda bits=bits: getattr(cadence, f"Int{bits}")(integer(source, bits, True)))
        scalars.append(lambda bits=bits: getattr(cadence, f"UInt{bits}")(integer(source, bits, False)))
    for bits in (8, 16, 32, 64):
        scalars.append(lambda bits=bits: getattr(cadence, f"Word{bits}")(integer(source, bits, False)))
    if depth == 0 or source.random() < 0.6:
        return source.choice(scalars)()
    inner = [value(source, depth - 1) for _ in range(source.randint(0, 3))]
    kind = source.choice([cadence.Struct, cadence.Resource, cadence.Event, cadence.Contract])
    return source.choice([
        lambda: cadence.Array(inner), lambda: cadence.Optional(inner[0] if inner else None),
        lambda: cadence.Dictionary([cadence.KeyValuePair(cadence.UInt8(i), v) for i, v in enumerate(inner)]),
        lambda: cadence.Enum("A.f8d6e0586b0a20c7.Test.Kind", [("rawValue", cadence.UInt8(integer(source, 8, False)))]),
        lambda: kind("A.f8d6e0586b0a20c7.Test.Thing", [(f"field{i}", v) for i, v in enumerate(inner)]),
    ])()


def key(source):
    algorithm = source.choice([SignAlgo.ECDSA_P256, SignAlgo.ECDSA_secp256k1])
    hashing = source.choice([HashAlgo.SHA2_256, HashAlgo.SHA3_256])
    secret = f"{source.randint(1, ORDER[algorithm] - 1):064x}"
    signer = InMemorySigner(hash_algo=hashing, sign_algo=algorithm, private_key_hex=secret)
    public = signer.key.get_verifying_key().to_string().hex()
    return signer, {"algorithm": algorithm.name, "hash": hashing.name, "publicKey": public, "privateKey": secret}


def case(source):
    addresses = [cadence.Address(source.randbytes(8)) for _ in range(4)]
    proposer, payer = source.choice(addresses), source.choice(addresses)
    authorizers = [source.choice(addresses) for _ in range(source.randint(0, 3))]
    script = source.choice(["transaction {}", "transaction { execute { log(\"é\") } }", "// " + "x" * source.randint(0, 3000)])
    tx = Tx(code=script, reference_block_id=source.randbytes(32), payer=payer, proposal_key=ProposalKey(
        key_address=proposer, key_id=source.choice([0, 1, 127, 128, 4_294_967_295]),
        key_sequence_number=source.choice([0, 1, 255, 256, (1 << 64) - 1, source.randint(0, 1 << 64 - 1)])))
    tx.with_gas_limit(source.choice([0, 1, 127, 128, 9999])).add_authorizers(*authorizers)
    tx.add_arguments(*[value(source, 3) for _ in range(source.randint(0, 4))])
    signers, keys = tx._signer_list(), []
    # flow-py-sdk leaves the order of signatures to its caller; the chain wants them sorted.
    for index, address in enumerate(signers):
        for key_index in sorted(source.sample(range(300), source.randint(0, 2))):
            if address == payer:
                continue
            signer, description = key(source)
            signature = signer.sign(tx.payload_message(), TransactionDomainTag)
            tx.payload_signatures.append(TxSignature(address, key_index, index, signature))
            keys.append(description)
    return tx, keys


def question(source, tx, keys):
    # The payer signs with one to three keys, in any order.
    indices = source.sample(range(3000), source.randint(1, 3))
    shuffled = list(zip(tx.payload_signatures, keys))
    source.shuffle(shuffled)
    return {
        "script": tx.code, "arguments": [a.decode() for a in encode_arguments(tx.arguments)],
        "referenceBlock": tx.reference_block_id.hex(), "gasLimit": tx.gas_limit,
        "proposer": tx.proposal_key.key_address.hex(), "keyIndex": tx.proposal_key.key_id,
        "sequenceNumber": tx.proposal_key.key_sequence_number, "payer": tx.payer.hex(),
        "authorizers": [a.hex() for a in tx.authorizers],
        "payloadSignatures": [{"address": s.address.hex(), "keyIndex": s.key_id, "signature": s.signature.hex()}
                              for s, _ in shuffled],
        "payloadKeys": [k for _, k in shuffled], "envelopeKeys": [key(source)[1] for _ in indices],
        "envelopeKeyIndices": indices, "weight": source.choice([0, 1, 127, 128, 999, 1000]),
        "message": source.choice(TEXTS),
    }


def check(tx, asked, answer):
    assert answer["payload"] == tx.payload_message().hex(), "payload"
    assert answer["envelope"] == tx.envelope_message().hex(), "envelope"
    assert answer["areSignaturesValid"] == [True] * len(tx.payload_signatures), "signatures of flow-py-sdk"
    form, number = rlp.decode(tx.envelope_message()), lambda n: n.to_bytes(8, "big").lstrip(b"\0")
    index = tx._signer_list().index(tx.payer)
    signatures = []
    for position, (key, key_index) in enumerate(zip(asked["envelopeKeys"], asked["envelopeKeyIndices"], strict=True)):
        algorithm, hashing = SignAlgo[key["algorithm"]], HashAlgo[key["hash"]]
        assert answer["publicKeys"][position] == key["publicKey"], "public key"
        account_key = AccountKey(public_key=bytes.fromhex(key["publicKey"]), sign_algo=algorithm, hash_algo=hashing,
                                 weight=asked["weight"])
        assert answer["accountKeys"][position] == account_key.hex(), "account key"
        verifier = InMemoryVerifier(hash_algo=hashing, sign_algo=algorithm, public_key_hex=key["publicKey"])
        signature, user_signature = (bytes.fromhex(answer[name][position])
                                     for name in ("envelopeSignatures", "userSignatures"))
        assert verifier.verify(signature, tx.envelope_message(), TransactionDomainTag), "envelope signature"
        assert verifier.verify(user_signature, asked["message"].encode(), UserDomainTag), "message"
        signatures.append((key_index, signature))
    # The chain wants them sorted by key.
    whole = rlp.encode([*form, [[number(index), number(i), signature] for i, signature in sorted(signatures)]])
    assert answer["id"] == hashlib.sha3_256(whole).hexdigest(), "id"
    for ours, theirs, argument in zip(answer["arguments"], asked["arguments"], tx.arguments, strict=True):
        assert json.loads(ours) == json.loads(theirs), f"argument {theirs}"
        # And read by the other SDK, as an event would be, it is the value that was meant.
        assert str(json.loads(ours, object_hook=cadence.cadence_object_hook)) == str(argument), f"decoded {theirs}"


def main(program, count, seed):
    source = random.Random(seed)
    cases = []
    for _ in range(count):
        tx, keys = case(source)
        cases.append((tx, question(source, tx, keys)))
    lines = "".join(json.dumps(asked) + "\n" for _, asked in cases)
    run = subprocess.run([program], input=lines, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-2000:]
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == count, f"{len(answers)} answers for {count} questions"
    for number, ((tx, asked), answer) in enumerate(zip(cases, answers)):
        try:
            check(tx, asked, answer)
        except AssertionError as difference:
            sys.exit(f"seed {seed}, transaction {number}: {difference} differs\n{json.dumps(asked)}\n{json.dumps(answer)}")
    print(f"{count} transactions agree (seed {seed})")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
