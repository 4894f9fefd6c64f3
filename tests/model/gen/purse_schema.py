# Generated from wallet/purse.schema; do not edit.
"""Records of wallet/purse.schema, as a table for tests/model/codec.py."""

SCHEMA = {
    "purse_income": [
        ("INT", "u32", "epoch", ""),
        ("INT", "u8", "attempt", ""),
    ],
    "purse_accounts": [
        ("INT", "u32", "count", ""),
        ("ARR", "purse_income", "incomes", "4096"),
    ],
    "purse_payment": [
        ("VAR", "", "act", "4096"),
        ("INT", "u64", "made_ms", ""),
        ("INT", "u64", "height", ""),
        ("VAR", "", "code", "63"),
    ],
    "purse_entry": [
        ("INT", "u64", "height", ""),
        ("INT", "u64", "time_ms", ""),
        ("INT", "u8", "kind", ""),
        ("INT", "u8", "asset", ""),
        ("INT", "u64", "micro", ""),
        ("INT", "u64", "fee", ""),
        ("BYT", "", "mine", "32"),
        ("BYT", "", "other", "32"),
        ("BYT", "", "id", "32"),
    ],
    "purse_page": [
        ("ARR", "purse_entry", "entries", "256"),
    ],
    "purse_scan": [
        ("INT", "u64", "height", ""),
        ("INT", "u64", "entries", ""),
        ("INT", "u32", "accounts", ""),
    ],
}
