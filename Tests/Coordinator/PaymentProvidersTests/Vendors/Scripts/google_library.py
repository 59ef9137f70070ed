"""What Google's own library signs, and what it says of tokens.

In: {"private": PEM, "public": PEM, "key_id", "email", "token_uri", "scope", "audience", "claims": [...], "tokens": [...],
"assertion"}. Out: a token signed for each of the claims, whether each of the tokens is accepted as an ID token for the
audience, the claims of the assertion if its signature is good, and those of the one that the library makes itself.
"""

import json
import sys

from google.auth import crypt, jwt
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token, service_account

case = json.load(sys.stdin)
signer = crypt.RSASigner.from_string(case["private"], key_id=case["key_id"])
certificates = {case["key_id"]: case["public"]}


class Published:
    """Answers like the address of Google's keys."""

    status = 200
    data = json.dumps(certificates).encode()


def is_accepted(token):
    try:
        id_token.verify_oauth2_token(
            token, lambda *_, **__: Published, audience=case["audience"], clock_skew_in_seconds=60
        )
        return True
    except (GoogleAuthError, ValueError):
        return False


account = service_account.Credentials.from_service_account_info(
    {
        "type": "service_account",
        "client_email": case["email"],
        "private_key": case["private"],
        "private_key_id": case["key_id"],
        "token_uri": case["token_uri"],
    },
    scopes=[case["scope"]],
)
own = account._make_authorization_grant_assertion()
json.dump(
    {
        "signed": [jwt.encode(signer, claims).decode() for claims in case["claims"]],
        "accepted": [is_accepted(token) for token in case["tokens"]],
        "assertion": {
            "header": jwt.decode_header(case["assertion"]),
            "claims": jwt.decode(case["assertion"], certs=certificates),
        },
        "own": {"header": jwt.decode_header(own), "claims": jwt.decode(own, certs=certificates)},
    },
    sys.stdout,
)
