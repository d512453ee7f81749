-- SPDX-License-Identifier: ISC
-- The first schema. A released migration is never changed: what comes later is a file of its own.
-- Tables, invariants and the reasons are in store/DESIGN.md.

CREATE TABLE mailbox (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	name        TEXT    UNIQUE,               -- NULL: deleted; the purge empties it
	kind        INTEGER NOT NULL,             -- enum quarantine_mailbox_kind
	use         INTEGER NOT NULL DEFAULT 0,   -- enum quarantine_use
	uidvalidity INTEGER NOT NULL CHECK (uidvalidity BETWEEN 1 AND 4294967295),
	uidnext     INTEGER NOT NULL DEFAULT 1,
	modseq      INTEGER NOT NULL DEFAULT 1,   -- the highest given in this mailbox
	messages    INTEGER NOT NULL DEFAULT 0,   -- present entries
	unseen      INTEGER NOT NULL DEFAULT 0,
	deleted     INTEGER NOT NULL DEFAULT 0,
	bytes       INTEGER NOT NULL DEFAULT 0    -- sum of their lengths
) STRICT;

-- By name: it outlives the mailbox (RFC 3501 section 6.3.6).
CREATE TABLE subscription (
	name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE keyword (
	mailbox INTEGER NOT NULL REFERENCES mailbox (id),
	bit     INTEGER NOT NULL,                 -- 5 to 62
	name    TEXT    NOT NULL COLLATE NOCASE,
	PRIMARY KEY (mailbox, bit),
	UNIQUE (mailbox, name)
) STRICT, WITHOUT ROWID;

-- Where a message stands. What a listing without ENVELOPE asks for is in this row alone.
CREATE TABLE entry (
	mailbox       INTEGER NOT NULL REFERENCES mailbox (id),
	uid           INTEGER NOT NULL,
	message       INTEGER NOT NULL,
	flags         INTEGER NOT NULL,
	modseq        INTEGER NOT NULL,
	received      INTEGER NOT NULL,           -- the message's, as are the next two
	length        INTEGER NOT NULL,
	header_length INTEGER NOT NULL,
	gone          INTEGER NOT NULL DEFAULT 0, -- enum quarantine_reason once expunged
	gone_at       INTEGER,
	home          INTEGER,                    -- mailbox of filters that it was moved out of, and may go back to
	gone_by       TEXT,                       -- login that expunged it; NULL: none
	saved         INTEGER,                    -- when it came into this mailbox; NULL: when it was received
	PRIMARY KEY (mailbox, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_gone ON entry (gone_at) WHERE gone > 0;
CREATE INDEX entry_gone_by ON entry (message) WHERE gone_by NOT NULL;

-- Where changes are looked for: 128 UIDs, `uid >> 7` (enum block_bits). The one that is not full has a row only if
-- something in it changed, and is always looked at.
CREATE TABLE entry_block (
	mailbox INTEGER NOT NULL REFERENCES mailbox (id),
	block   INTEGER NOT NULL,
	modseq  INTEGER NOT NULL,                 -- at least the highest of its entries
	PRIMARY KEY (mailbox, block)
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_block_modseq ON entry_block (mailbox, modseq);

-- What stays of an expunged entry after the purge.
CREATE TABLE tombstone (
	mailbox   INTEGER NOT NULL REFERENCES mailbox (id),
	first_uid INTEGER NOT NULL,
	last_uid  INTEGER NOT NULL,
	modseq    INTEGER NOT NULL,               -- highest of the range
	reason    INTEGER NOT NULL,
	at        INTEGER NOT NULL,               -- latest of the range
	PRIMARY KEY (mailbox, first_uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	length        INTEGER NOT NULL,           -- with CRLF line ends
	header_length INTEGER NOT NULL,
	head          INTEGER,                    -- blob of the header block; NULL: no bytes
	body          INTEGER,                    -- blob of the rest; NULL: no bytes
	structure     INTEGER NOT NULL,
	envelope      BLOB    NOT NULL,           -- IMAP ENVELOPE in wire form
	likeness      BLOB    NOT NULL            -- BLAKE2b-128 of Message-ID, or else the header block, and the body
) STRICT;

CREATE INDEX message_likeness ON message (likeness);

-- Messages that more than one row of entry names. So the large row of a message is never changed, however often it is
-- copied and moved.
CREATE TABLE message_shared (
	message INTEGER PRIMARY KEY,
	more    INTEGER NOT NULL                  -- rows of entry that name it, without the first
) STRICT;

-- Decoded and folded header texts, for search.
CREATE TABLE search_head (
	message INTEGER PRIMARY KEY,
	sent    INTEGER,                          -- Date as days since 1970 in its own zone
	h_from  BLOB,
	h_to    BLOB,
	h_cc    BLOB,
	h_bcc   BLOB,
	subject BLOB,
	thread  INTEGER                           -- hash of the Message-ID at the root of its thread; NULL: none
) STRICT;

-- What SORT and THREAD compare (RFC 5256): collated texts of at most 255 bytes, NULL for empty ones.
CREATE TABLE sort_key (
	message      INTEGER PRIMARY KEY,
	sent         INTEGER,                     -- Date as seconds since 1970
	reply        INTEGER NOT NULL,            -- 1: the subject says that it answers or forwards
	message_id   INTEGER NOT NULL,            -- hash; 0: none
	ancestors    BLOB,                        -- hashes of References, 8 bytes each, the farthest first
	subject      BLOB,                        -- the base subject
	from_mailbox BLOB,                        -- of the first address
	to_mailbox   BLOB,
	cc_mailbox   BLOB,
	from_display BLOB,
	to_display   BLOB
) STRICT;

-- What the filter said, or the headers stated. NULL: not known.
CREATE TABLE fact (
	message        INTEGER PRIMARY KEY,
	direction      INTEGER NOT NULL,          -- enum quarantine_direction; 0: a notice
	received       INTEGER NOT NULL,
	class          TEXT,
	sub_class      TEXT,
	evidence       TEXT,
	score          REAL,
	action         TEXT,
	sender         TEXT,
	client_address TEXT,
	client_name    TEXT,
	helo           TEXT,
	auth_user      TEXT,
	auth_domain    TEXT,
	identity       TEXT,
	queue_id       TEXT,
	raw_length     INTEGER NOT NULL,          -- bytes as delivered
	line_feeds     INTEGER NOT NULL,          -- 1: delivered with LF line ends
	hash           BLOB    NOT NULL,          -- BLAKE2b-256 of the message with CRLF line ends
	recipients     BLOB                       -- addresses, a NUL after each; last, because it may be long
) STRICT;

-- BODYSTRUCTURE and part map, kept once for all messages that have the same.
CREATE TABLE structure (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	hash          BLOB    NOT NULL UNIQUE,    -- BLAKE2b-128 of both
	users         INTEGER NOT NULL,           -- messages that name it
	bodystructure BLOB    NOT NULL,
	parts         BLOB    NOT NULL            -- as mime/structure.h encodes it, offsets from the body
) STRICT;

CREATE TABLE blob (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	hash        BLOB    NOT NULL,             -- BLAKE2b-256 of the plain bytes
	size        INTEGER NOT NULL,             -- plain bytes, at least 1
	stored      INTEGER NOT NULL,             -- compressed bytes, those of its frames included
	codec       INTEGER NOT NULL,             -- enum blob_codec
	exemplar    INTEGER,                      -- blob that this one leans on
	users       INTEGER NOT NULL,             -- messages that name it, as head or as body
	siblings    INTEGER NOT NULL DEFAULT 0,   -- blobs whose exemplar it is
	fingerprint BLOB,                         -- its features, while `feature` may name it
	once        INTEGER NOT NULL,             -- 1: equal bytes are looked for and are one row
	data        BLOB                          -- NULL where the bytes are in frames
) STRICT;

-- Of bodies, and of what is too long for an exemplar. No two header blocks are equal.
CREATE UNIQUE INDEX blob_hash ON blob (hash) WHERE once = 1;

-- The newest self-contained blob with a feature: where an exemplar is looked for.
CREATE TABLE feature (
	feature INTEGER PRIMARY KEY,
	blob    INTEGER NOT NULL
) STRICT;

CREATE TABLE frame (
	blob INTEGER NOT NULL,
	n    INTEGER NOT NULL,
	data BLOB    NOT NULL,
	UNIQUE (blob, n)
) STRICT;

-- By weeks, so that old ones stand together and no second index is needed to find them.
CREATE TABLE delivery_key (
	week    INTEGER NOT NULL,                 -- of the delivery, since 1970
	key     BLOB    NOT NULL,                 -- BLAKE2b-128 of it
	message INTEGER NOT NULL,
	PRIMARY KEY (week, key)
) STRICT, WITHOUT ROWID;

-- The calendar when what was kept long enough was last removed: one row, or none.
CREATE TABLE expiry (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	at INTEGER NOT NULL
) STRICT;

-- What clients attach to mailboxes, and to the server (mailbox 0). Each change is a new row.
CREATE TABLE metadata (
	revision INTEGER PRIMARY KEY AUTOINCREMENT,
	mailbox  INTEGER NOT NULL,
	login    TEXT    NOT NULL,                -- whose it is; '': everybody's
	entry    TEXT    NOT NULL COLLATE NOCASE, -- "/shared/comment"
	value    BLOB,                            -- NULL: removed
	UNIQUE (mailbox, login, entry)
) STRICT;

CREATE INDEX metadata_removed ON metadata (revision) WHERE value IS NULL;

-- UIDVALIDITY is the time of creation.
INSERT INTO mailbox (name, kind, use, uidvalidity) VALUES
	('INBOX', 2, 0, CAST(strftime('%s', 'now') AS INTEGER)),
	('Outgoing', 1, 0, CAST(strftime('%s', 'now') AS INTEGER)),
	('Incoming', 1, 0, CAST(strftime('%s', 'now') AS INTEGER)),
	('Trash', 3, 16, CAST(strftime('%s', 'now') AS INTEGER));
INSERT INTO subscription SELECT name FROM mailbox;

PRAGMA application_id = 0x51724e74;
PRAGMA user_version = 1;
