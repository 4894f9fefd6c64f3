/* SPDX-License-Identifier: ISC */
/* Every limit of the peer-to-peer protocol, in one enum. Those marked [wire] are part of the
 * protocol: both sides must agree on them, and changing one means a new protocol version. The
 * others are this node's own prudence. Sizes in bytes, times in milliseconds. */
#ifndef WEAL_P2P_LIMITS_H
#define WEAL_P2P_LIMITS_H

enum {
    WEAL_P2P_VERSION = 1, /* [wire] the protocol version spoken here */

    /* handshake */
    WEAL_P2P_HANDSHAKE_MAX = 512,  /* [wire] one handshake message with its 2-byte length */
    WEAL_P2P_HANDSHAKE_MS = 10000, /* from connection to the peer's hello */
    WEAL_P2P_USER_AGENT_MAX = 64,  /* [wire] */

    /* records and pieces (frame.h) */
    WEAL_P2P_RECORD_PLAIN_MAX = 16384, /* [wire] plaintext of one record */
    WEAL_P2P_RECORD_TAG = 16,          /* [wire] Poly1305 tag */
    WEAL_P2P_RECORD_HEAD = 2,          /* [wire] length of what follows, little-endian */
    WEAL_P2P_RECORD_MAX = 16384 + 16 + 2,
    WEAL_P2P_PIECE_HEAD = 3,        /* [wire] type or class, length */
    WEAL_P2P_PIECE_TOTAL = 4,       /* [wire] total length, in a first piece only */
    WEAL_P2P_REKEY_RECORDS = 65536, /* [wire] records under one key, each direction */

    /* sending */
    WEAL_P2P_CLASSES = 5,
    WEAL_P2P_PASSED_OVER_MAX = 32,   /* pieces of higher classes before a waiting lower one */
    WEAL_P2P_QUEUE_VOTE_MSGS = 4096, /* waiting messages, a peer */
    WEAL_P2P_QUEUE_BODY_MSGS = 256,
    WEAL_P2P_QUEUE_REQUEST_MSGS = 256,
    WEAL_P2P_QUEUE_TX_MSGS = 512,
    WEAL_P2P_QUEUE_PEX_MSGS = 8,
    WEAL_P2P_QUEUE_VOTE_BYTES = 4 << 20, /* waiting bytes, a peer */
    WEAL_P2P_QUEUE_BODY_BYTES = 48 << 20,
    WEAL_P2P_QUEUE_REQUEST_BYTES = 4 << 20,
    WEAL_P2P_QUEUE_TX_BYTES = 8 << 20,
    WEAL_P2P_QUEUE_PEX_BYTES = 64 << 10,

    /* receiving: token buckets by class, a peer; reading pauses while one is overdrawn */
    WEAL_P2P_RATE_VOTE = 4 << 20, /* bytes a second */
    WEAL_P2P_RATE_BODY = 96 << 20,
    WEAL_P2P_RATE_REQUEST = 1 << 20,
    WEAL_P2P_RATE_TX = 16 << 20,
    WEAL_P2P_RATE_PEX = 16 << 10,
    WEAL_P2P_BURST_VOTE = 8 << 20, /* bytes */
    WEAL_P2P_BURST_BODY = 64 << 20,
    WEAL_P2P_BURST_REQUEST = 4 << 20,
    WEAL_P2P_BURST_TX = 16 << 20,
    WEAL_P2P_BURST_PEX = 128 << 10,
    WEAL_P2P_MESSAGE_PRICE = 128,       /* bytes charged for a message beside its length */
    WEAL_P2P_REASSEMBLY_MAX = 64 << 20, /* bytes under reassembly, all peers together */

    /* message caps [wire]; msg.def names the type each belongs to */
    WEAL_P2P_CAP_HELLO = 512,
    WEAL_P2P_CAP_PING = 32,
    WEAL_P2P_CAP_REJECT = 128,
    WEAL_P2P_CAP_VOTE = 512,
    WEAL_P2P_CAP_CERT = 32 << 10,
    WEAL_P2P_CAP_PROPOSAL = 1 << 20,
    WEAL_P2P_CAP_BODY = (2 << 20) + (128 << 10),
    WEAL_P2P_CAP_BLOCKS = (4 << 20) + (256 << 10),
    WEAL_P2P_CAP_REQUEST = 1024,
    WEAL_P2P_CAP_VIEWS = 1 << 20,
    WEAL_P2P_CAP_TX_ANNOUNCE = 8 << 10,
    WEAL_P2P_CAP_TX_GET = 8 << 10,
    WEAL_P2P_CAP_TX_DATA = 1 << 20,
    WEAL_P2P_CAP_PEX = 16 << 10,

    WEAL_P2P_REASSEMBLY_FIRST = 256 << 10, /* bytes taken before a message has shown as many */

    /* keeping a connection */
    WEAL_P2P_PING_MS = 5000,     /* between pings */
    WEAL_P2P_SILENCE_MS = 30000, /* without a byte received: closed */
    WEAL_P2P_STALL_MS = 60000,   /* with bytes waiting and none leaving: closed */

    /* peers (peers.h) */
    WEAL_P2P_PEERS_MAX = 128,       /* connections, all */
    WEAL_P2P_OUTBOUND = 8,          /* dialled, beside persistent ones */
    WEAL_P2P_GROUP_INBOUND_MAX = 4, /* inbound a /16 (IPv4) or /32 (IPv6); not on loopback */
    WEAL_P2P_GROUP_ACCEPTS = 16,    /* connections taken from one group within the next line */
    WEAL_P2P_ACCEPT_WINDOW_MS = 10000,
    WEAL_P2P_ADDRS_MAX = 1024,     /* address book */
    WEAL_P2P_ADDRS_GROUP_MAX = 64, /* of those, learnt from one address group */
    WEAL_P2P_ANCHORS = 2,          /* dialled first after a restart */
    WEAL_P2P_ROTATE_MS = 300000,   /* one dialled connection makes room for another */
    WEAL_P2P_BANS_MAX = 256,
    WEAL_P2P_BAN_MS = 10 * 60 * 1000, /* first ban; doubles with each, to the next line */
    WEAL_P2P_BAN_MAX_MS = 24 * 60 * 60 * 1000,
    WEAL_P2P_DIAL_BASE_MS = 500, /* back-off, doubling, half of it drawn */
    WEAL_P2P_DIAL_MAX_MS = 60000,
    WEAL_P2P_DIAL_PERSISTENT_MAX_MS = 5000,
    WEAL_P2P_DIAL_TIMEOUT_MS = 5000,
    WEAL_P2P_SCORE_START = 0,
    WEAL_P2P_SCORE_MAX = 1000,
    WEAL_P2P_SCORE_BAN = -1000,              /* at or below: closed and banned */
    WEAL_P2P_SCORE_HALF_MS = 10 * 60 * 1000, /* time in which a score halves */
    WEAL_P2P_PEX_MS = 30000,                 /* between address questions to one peer */
    WEAL_P2P_PEX_ADDRS = 64,                 /* [wire] addresses an answer */

    /* transaction gossip (gossip.h) */
    WEAL_P2P_TX_MAX = 65535,           /* [wire] bytes of one transaction */
    WEAL_P2P_ANNOUNCE_IDS = 512,       /* [wire] ids an announcement or request */
    WEAL_P2P_TX_DATA_MAX = 256,        /* [wire] transactions a data message */
    WEAL_P2P_TX_DATA_SOFT = 256 << 10, /* bytes after which a data message is closed */
    WEAL_P2P_ANNOUNCE_TICK_MS = 5,     /* a waiting batch leaves at each tick with chance 1/2 */
    WEAL_P2P_FETCH_MS = 2000,          /* an announcer has this long, then the next is asked */
    WEAL_P2P_FETCHES_MAX = 16384,      /* ids wanted, all peers */
    WEAL_P2P_FETCH_ANNOUNCERS = 4,     /* remembered for an id */
    WEAL_P2P_FETCH_PEER_MAX = 4096,    /* ids asked of one peer and not answered */
    WEAL_P2P_KNOWN_IDS = 1 << 16,      /* recently seen ids, in each of two generations */
    WEAL_P2P_ANNOUNCE_QUEUE = 8192,    /* ids waiting to be announced, a peer */

    /* block sync (sync.h) */
    WEAL_P2P_SYNC_BLOCKS = 64,       /* [wire] blocks an answer */
    WEAL_P2P_SYNC_SOFT = 1 << 20,    /* an answer is closed after this many bytes */
    WEAL_P2P_SYNC_RANGES = 64,       /* ranges in flight or waiting to be verified */
    WEAL_P2P_SYNC_BUFFER = 32 << 20, /* bytes received and not yet verified */
    WEAL_P2P_SYNC_PEER_RANGES = 4,   /* in flight at one peer */
    WEAL_P2P_SYNC_MS = 10000,        /* a range has this long, whatever its peer's speed */
    WEAL_P2P_SYNC_STALL_MS = 2000,   /* the lowest missing range is asked elsewhere after this */
    WEAL_P2P_SYNC_FAILED_MAX = 20,   /* times an answer is shown to the verifier */
    WEAL_P2P_SYNC_COOL_MS = 5000     /* a peer that failed is left alone this long */
};

#endif
