# Generated from p2p/msg.schema; do not edit.
"""Records of p2p/msg.schema, as a table for tests/model/codec.py."""

SCHEMA = {
    "p2p_role": [
        ("BYT", "", "validator", "32"),
        ("BYT", "", "sig", "64"),
    ],
    "p2p_hello": [
        ("INT", "u16", "version", ""),
        ("BYT", "", "chain", "32"),
        ("INT", "u32", "roles", ""),
        ("INT", "u16", "listen_port", ""),
        ("INT", "u64", "head_height", ""),
        ("BYT", "", "head_id", "32"),
        ("BYT", "", "short_salt", "16"),
        ("VAR", "", "agent", "64"),
        ("OPT", "p2p_role", "role", ""),
    ],
    "p2p_ping": [
        ("INT", "u64", "nonce", ""),
    ],
    "p2p_reject": [
        ("VAR", "", "reason", "96"),
    ],
    "p2p_head": [
        ("INT", "u64", "height", ""),
        ("BYT", "", "id", "32"),
    ],
    "p2p_vote": [
        ("VAR", "", "vote", "480"),
    ],
    "p2p_cert": [
        ("VAR", "", "cert", "32000"),
    ],
    "p2p_proposal": [
        ("VAR", "", "proposal", "1048000"),
    ],
    "p2p_body": [
        ("INT", "u8", "why", ""),
        ("BYT", "", "id", "32"),
        ("VAR", "", "header", "4096"),
        ("VAR", "", "body", "2162688"),
    ],
    "p2p_block": [
        ("VAR", "", "header", "4096"),
        ("VAR", "", "cert", "32000"),
        ("VAR", "", "body", "2162688"),
    ],
    "p2p_block_get": [
        ("INT", "u32", "request", ""),
        ("INT", "u64", "from", ""),
        ("INT", "u16", "count", ""),
    ],
    "p2p_blocks": [
        ("INT", "u32", "request", ""),
        ("INT", "u64", "head_height", ""),
        ("INT", "u64", "from", ""),
        ("ARR", "p2p_block", "blocks", "64"),
    ],
    "p2p_body_get": [
        ("BYT", "", "id", "32"),
    ],
    "p2p_view_get": [
        ("INT", "u64", "term", ""),
        ("INT", "u64", "from", ""),
        ("INT", "u16", "count", ""),
    ],
    "p2p_view_cert": [
        ("VAR", "", "cert", "32000"),
    ],
    "p2p_views": [
        ("INT", "u64", "term", ""),
        ("INT", "u64", "from", ""),
        ("ARR", "p2p_view_cert", "certs", "64"),
    ],
    "p2p_tx_id": [
        ("BYT", "", "short_id", "8"),
        ("INT", "u32", "size", ""),
    ],
    "p2p_tx_announce": [
        ("ARR", "p2p_tx_id", "ids", "512"),
    ],
    "p2p_tx_want": [
        ("BYT", "", "short_id", "8"),
    ],
    "p2p_tx_get": [
        ("ARR", "p2p_tx_want", "ids", "512"),
    ],
    "p2p_tx_item": [
        ("VAR", "", "tx", "65535"),
    ],
    "p2p_tx_data": [
        ("ARR", "p2p_tx_item", "txs", "256"),
        ("ARR", "p2p_tx_want", "gone", "256"),
    ],
    "p2p_addr": [
        ("BYT", "", "ip", "16"),
        ("INT", "u16", "port", ""),
        ("BYT", "", "identity", "32"),
    ],
    "p2p_pex_get": [
        ("INT", "u16", "count", ""),
    ],
    "p2p_pex": [
        ("ARR", "p2p_addr", "addrs", "64"),
    ],
}
