"""What Stripe's own library says of webhooks' signatures.

In: {"secret", "body", "headers": [...]}. Out: whether it takes each header for the body, a header that it makes itself,
and what it reads in the event.
"""

import json
import sys

import stripe


def is_accepted(body, header, secret):
    try:
        stripe.Webhook.construct_event(body.encode(), header, secret)
        return True
    except stripe.SignatureVerificationError:
        return False


case = json.load(sys.stdin)
body, secret = case["body"], case["secret"]
generated = stripe.WebhookSignature.generate_signature_header(body, secret)
event = stripe.Webhook.construct_event(body, generated, secret)
json.dump(
    {
        "accepted": [is_accepted(body, header, secret) for header in case["headers"]],
        "generated": generated,
        "event": {"id": event.id, "type": event.type, "livemode": event.livemode},
    },
    sys.stdout,
)
