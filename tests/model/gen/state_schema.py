# Generated from consensus/state.schema; do not edit.
"""Records of consensus/state.schema, as a table for tests/model/codec.py."""

SCHEMA = {
    "st_balance": [
        ("INT", "u8", "asset", ""),
        ("INT", "u32", "step", ""),
        ("INT", "u64", "micro", ""),
    ],
    "st_handle_ref": [
        ("BYT", "", "handle", "32"),
        ("INT", "u16", "suffix", ""),
    ],
    "st_key32": [
        ("BYT", "", "key", "32"),
    ],
    "st_member": [
        ("BYT", "", "account", "32"),
        ("BYT", "", "seat", "32"),
        ("INT", "u64", "weight", ""),
    ],
    "st_param": [
        ("INT", "u16", "id", ""),
        ("INT", "u64", "value", ""),
    ],
    "st_pool_id": [
        ("INT", "u8", "kind", ""),
        ("VAR", "", "jurisdiction", "24"),
    ],
    "st_account": [
        ("INT", "u64", "nonce", ""),
        ("ARR", "st_balance", "balances", "8"),
    ],
    "st_supply": [
        ("INT", "u64", "minted", ""),
        ("INT", "u64", "burned", ""),
        ("INT", "u64", "stored", ""),
    ],
    "st_human": [
        ("INT", "u8", "status", ""),
        ("INT", "u8", "place", ""),
        ("INT", "u32", "serial", ""),
        ("VAR", "", "jurisdiction", "24"),
        ("VAR", "", "pool", "24"),
        ("INT", "u64", "enrolled_ms", ""),
        ("INT", "u64", "challenge_ms", ""),
        ("INT", "u64", "valid_ms", ""),
        ("INT", "u64", "hold_ms", ""),
        ("INT", "u64", "suspended_ms", ""),
        ("INT", "u64", "revoke_ms", ""),
        ("INT", "u64", "revokers", ""),
        ("INT", "u64", "window", ""),
        ("INT", "u64", "entry", ""),
        ("INT", "u16", "lease_year", ""),
        ("INT", "u64", "move_ms", ""),
        ("VAR", "", "to_jurisdiction", "24"),
        ("VAR", "", "to_pool", "24"),
        ("BYT", "", "successor", "32"),
        ("ARR", "st_handle_ref", "handles", "4"),
    ],
    "st_handle": [
        ("BYT", "", "key", "32"),
    ],
    "st_tag": [
        ("INT", "u64", "cohort", ""),
        ("INT", "u8", "lapsed", ""),
    ],
    "st_nullifier": [
        ("INT", "u64", "height", ""),
    ],
    "st_note": [
        ("INT", "u8", "kind", ""),
        ("INT", "u32", "epoch", ""),
        ("INT", "u64", "cohort", ""),
    ],
    "st_pool": [
        ("INT", "u64", "open", ""),
        ("INT", "u64", "entries", ""),
        ("INT", "u64", "waiting", ""),
    ],
    "st_window": [
        ("INT", "u16", "count", ""),
        ("INT", "u64", "timer_ms", ""),
        ("INT", "u64", "closed", ""),
    ],
    "st_entry": [
        ("BYT", "", "key", "32"),
        ("BYT", "", "owner", "32"),
        ("BYT", "", "tag", "32"),
        ("INT", "u32", "epoch", ""),
        ("INT", "u8", "n", ""),
        ("INT", "u32", "last", ""),
    ],
    "st_owner": [
        ("INT", "u64", "entry", ""),
    ],
    "st_cohort": [
        ("INT", "u8", "kind", ""),
        ("VAR", "", "jurisdiction", "24"),
        ("INT", "u16", "version", ""),
        ("INT", "u8", "dissolved", ""),
        ("INT", "u64", "dealt", ""),
        ("INT", "u64", "usable", ""),
        ("INT", "u32", "epoch", ""),
        ("INT", "u16", "lease_year", ""),
    ],
    "st_ring": [
        ("INT", "u64", "until_ms", ""),
        ("ARR", "st_key32", "keys", "16"),
    ],
    "st_deadline": [
        ("INT", "u16", "kind", ""),
        ("VAR", "", "what", "120"),
    ],
    "st_attestor": [
        ("BYT", "", "key", "32"),
        ("BYT", "", "share", "32"),
        ("VAR", "", "name", "48"),
        ("INT", "u8", "active", ""),
    ],
    "st_quorum": [
        ("INT", "u16", "t", ""),
        ("INT", "u16", "n", ""),
        ("BYT", "", "voprf", "32"),
        ("BYT", "", "pilot", "32"),
    ],
    "st_module": [
        ("BYT", "", "key", "32"),
        ("VAR", "", "category", "24"),
        ("VAR", "", "name", "48"),
        ("INT", "u32", "epoch_max", ""),
        ("INT", "u8", "active", ""),
    ],
    "st_module_epoch": [
        ("BYT", "", "voprf", "32"),
        ("INT", "u32", "witnessed", ""),
    ],
    "st_seat": [
        ("BYT", "", "account", "32"),
        ("INT", "u64", "lease_from_ms", ""),
        ("INT", "u64", "lease_until_ms", ""),
        ("INT", "u64", "lapse", ""),
        ("INT", "u64", "bond", ""),
        ("INT", "u64", "unbonding", ""),
        ("INT", "u16", "unbondings", ""),
        ("INT", "u8", "silent", ""),
        ("INT", "u8", "removed", ""),
    ],
    "st_seat_ref": [
        ("BYT", "", "seat", "32"),
    ],
    "st_term": [
        ("BYT", "", "set_hash", "32"),
        ("BYT", "", "beacon", "32"),
        ("INT", "u64", "first", ""),
        ("INT", "u64", "end_ms", ""),
        ("ARR", "st_member", "members", "128"),
    ],
    "st_presence": [
        ("INT", "u32", "term", ""),
        ("INT", "u32", "blocks", ""),
    ],
    "st_offence": [
        ("INT", "u8", "kind", ""),
        ("INT", "u64", "height", ""),
        ("INT", "u64", "slashed", ""),
    ],
    "st_chain": [
        ("INT", "u64", "height", ""),
        ("INT", "u64", "time_ms", ""),
        ("INT", "u64", "genesis_ms", ""),
        ("INT", "u32", "term", ""),
        ("INT", "u32", "body_bytes", ""),
        ("INT", "u64", "cohorts", ""),
        ("INT", "u64", "deadlines", ""),
        ("INT", "u64", "stopped_ms", ""),
        ("INT", "u32", "version", ""),
        ("BYT", "", "beacon", "32"),
        ("BYT", "", "lineage", "32"),
    ],
    "st_epoch": [
        ("INT", "u64", "claims", ""),
        ("INT", "u64", "issued", ""),
        ("INT", "u64", "moved", ""),
        ("INT", "u64", "notes", ""),
        ("INT", "u64", "stopped_ms", ""),
    ],
    "st_params": [
        ("ARR", "st_param", "values", "64"),
    ],
    "st_upgrade": [
        ("INT", "u32", "version", ""),
    ],
}
