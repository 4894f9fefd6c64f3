# Generated from wallet/psa.schema; do not edit.
"""Records of wallet/psa.schema, as a table for tests/model/codec.py."""

SCHEMA = {
    "psa_event": [
        ("INT", "u8", "what", ""),
        ("INT", "u64", "time_ms", ""),
    ],
    "psa_receipt": [
        ("INT", "u32", "epoch", ""),
        ("INT", "u8", "n", ""),
        ("INT", "u16", "module", ""),
        ("INT", "u8", "state", ""),
        ("VAR", "", "host", "63"),
        ("INT", "u16", "port", ""),
        ("VAR", "", "memo", "1024"),
        ("BYT", "", "serial", "32"),
        ("BYT", "", "blind", "32"),
        ("BYT", "", "token", "64"),
        ("INT", "u64", "due_ms", ""),
        ("VAR", "", "act", "4096"),
        ("BYT", "", "act_id", "32"),
        ("INT", "u64", "act_height", ""),
        ("INT", "u32", "claim_epoch", ""),
        ("INT", "u8", "attempt", ""),
        ("VAR", "", "claim", "4096"),
        ("BYT", "", "claim_id", "32"),
        ("BYT", "", "to", "32"),
        ("INT", "u64", "claim_height", ""),
        ("VAR", "", "why", "63"),
        ("ARR", "psa_event", "events", "32"),
    ],
    "psa_policy": [
        ("INT", "u8", "claim", ""),
        ("INT", "u32", "delay_s", ""),
    ],
    "psa_enrolment": [
        ("VAR", "", "act", "4096"),
        ("INT", "u64", "valid_until", ""),
    ],
}
