"""The same work as FlowBenchmark's sign and decode, by flow-py-sdk."""
import hashlib
import json
import time

import rlp
from flow_py_sdk import HashAlgo, InMemorySigner, ProposalKey, SignAlgo, Tx, cadence
from flow_py_sdk.signer import TransactionDomainTag

SCRIPT = "x" * 650


def sign(count=1000):
    address = cadence.Address.from_hex("f8d6e0586b0a20c7")
    signer = InMemorySigner(hash_algo=HashAlgo.SHA3_256, sign_algo=SignAlgo.ECDSA_P256,
                            private_key_hex="aff3a277caf2bdd6582c156ae7b07dbca537da7833309de88e56987faa2c0f1b")
    start = time.process_time()
    for number in range(count):
        tx = Tx(code=SCRIPT, reference_block_id=bytes(32), payer=address, proposal_key=ProposalKey(
            key_address=address, key_id=0, key_sequence_number=number)).with_gas_limit(300)
        tx.add_arguments(cadence.UFix64(number), address).add_authorizers(address)
        signature = signer.sign(tx.envelope_message(), TransactionDomainTag)
        form = rlp.decode(tx.envelope_message())
        hashlib.sha3_256(rlp.encode([*form, [[b"", b"", signature]]])).hexdigest()
    print(f"flow-py-sdk sign {count / (time.process_time() - start):.0f} transactions/s of CPU")


def decode(count=10_000):
    def field(name, value):
        return {"value": value, "name": name}

    def event(n):
        uuid = {"value": str(123456 + n), "type": "UInt64"}
        return json.dumps({"value": {"id": "A.ee82856bf20e2aa6.FungibleToken.Deposited", "fields": [
            field("type", {"value": "A.0ae53cb6e3f42a79.FlowToken.Vault", "type": "String"}),
            field("amount", {"value": f"{n}.00000001", "type": "UFix64"}),
            field("to", {"value": {"value": "0xf8d6e0586b0a20c7", "type": "Address"}, "type": "Optional"}),
            field("toUUID", uuid), field("depositedUUID", uuid),
            field("balanceAfter", {"value": "99999.00000000", "type": "UFix64"}),
        ]}, "type": "Event"}, separators=(",", ":")) + "\n"

    from flow_py_sdk.cadence.decode import cadence_object_hook
    texts = [event(n) for n in range(count)]
    size = sum(len(text) for text in texts)
    start = time.process_time()
    for text in texts:
        json.loads(text, object_hook=cadence_object_hook)
    print(f"flow-py-sdk decode {size / 1e6 / (time.process_time() - start):.1f} MB/s of CPU; {size} bytes")


sign()
decode()
