# Generated from consensus/genesis.schema; do not edit.
"""Records of consensus/genesis.schema, as a table for tests/model/codec.py."""

SCHEMA = {
    "genesis_param": [
        ("INT", "u16", "id", ""),
        ("INT", "u64", "value", ""),
    ],
    "genesis_validator": [
        ("BYT", "", "account", "32"),
        ("BYT", "", "seat", "32"),
        ("INT", "u64", "bond", ""),
        ("INT", "u64", "lapse", ""),
    ],
    "genesis_grant": [
        ("BYT", "", "account", "32"),
        ("INT", "u64", "micro", ""),
    ],
    "genesis_attestor": [
        ("BYT", "", "key", "32"),
        ("BYT", "", "share", "32"),
        ("VAR", "", "name", "48"),
    ],
    "genesis_module": [
        ("BYT", "", "key", "32"),
        ("VAR", "", "category", "24"),
        ("VAR", "", "name", "48"),
        ("INT", "u32", "epoch_max", ""),
    ],
    "genesis_upgrade": [
        ("INT", "u64", "height", ""),
        ("INT", "u32", "version", ""),
    ],
    "genesis": [
        ("INT", "u16", "form", ""),
        ("INT", "u32", "version", ""),
        ("INT", "u64", "time_ms", ""),
        ("VAR", "", "name", "32"),
        ("VAR", "", "prefix", "16"),
        ("BYT", "", "lineage", "32"),
        ("ARR", "genesis_param", "params", "64"),
        ("ARR", "genesis_validator", "validators", "128"),
        ("ARR", "genesis_grant", "grants", "256"),
        ("INT", "u16", "t", ""),
        ("BYT", "", "voprf", "32"),
        ("BYT", "", "pilot", "32"),
        ("ARR", "genesis_attestor", "attestors", "64"),
        ("ARR", "genesis_module", "modules", "64"),
        ("ARR", "genesis_upgrade", "upgrades", "16"),
    ],
}
