"""What Apple's own library says of signed texts.

In: {"root": base64 of DER, "bundle", "environment", "texts": [{"kind", "text"}]}. Out: for each text "OK", or the name of
what is wrong with it.
"""

import base64
import json
import sys

from appstoreserverlibrary.models.Environment import Environment
from appstoreserverlibrary.signed_data_verifier import SignedDataVerifier, VerificationException

case = json.load(sys.stdin)
verifier = SignedDataVerifier(
    [base64.b64decode(case["root"])], False, Environment(case["environment"]), case["bundle"]
)
verify = {
    "notification": verifier.verify_and_decode_notification,
    "transaction": verifier.verify_and_decode_signed_transaction,
    "renewal": verifier.verify_and_decode_renewal_info,
}


def verdict(kind, text):
    try:
        verify[kind](text)
        return "OK"
    except VerificationException as problem:
        return problem.status.name


json.dump([verdict(text["kind"], text["text"]) for text in case["texts"]], sys.stdout)
