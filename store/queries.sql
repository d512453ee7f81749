-- SPDX-License-Identifier: ISC
-- Every statement of the store. A line "-- NAME" or "-- NAME: remark" begins one; sql2c.py makes QUERY_NAME of it.

-- CONNECTION: of every handle; run as a whole
PRAGMA busy_timeout = 5000;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA journal_size_limit = 67108864;
PRAGMA secure_delete = FAST;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA mmap_size = 0;
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -8192;
-- CREATION: of an empty database, before its first table
PRAGMA page_size = 4096;
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
-- USER_VERSION
PRAGMA user_version
-- APPLICATION_ID
PRAGMA application_id
-- PAGE_SIZE: older stores have pages of 8 KiB
PRAGMA page_size
-- BEGIN_READ
BEGIN
-- BEGIN_WRITE
BEGIN IMMEDIATE
-- COMMIT
COMMIT
-- ROLLBACK
ROLLBACK
-- DATA_VERSION
PRAGMA data_version

-- MAILBOX_FIND
SELECT id, name, kind, EXISTS (SELECT 1 FROM subscription s WHERE s.name = mailbox.name), uidvalidity, uidnext, modseq,
	messages, unseen, deleted, bytes, use
FROM mailbox WHERE name = ?1
-- MAILBOX_GET
SELECT id, name, kind, EXISTS (SELECT 1 FROM subscription s WHERE s.name = mailbox.name), uidvalidity, uidnext, modseq,
	messages, unseen, deleted, bytes, use
FROM mailbox WHERE id = ?1
-- MAILBOX_LIST: and the names that are only subscribed
SELECT id, name, kind, EXISTS (SELECT 1 FROM subscription s WHERE s.name = mailbox.name), uidvalidity, uidnext, modseq,
	messages, unseen, deleted, bytes, use
FROM mailbox WHERE name NOT NULL
UNION ALL SELECT 0, name, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 FROM subscription
WHERE name NOT IN (SELECT name FROM mailbox WHERE name NOT NULL) ORDER BY 2
-- MAILBOX_COUNT
SELECT count(*) FROM mailbox WHERE name NOT NULL
-- MAILBOX_CREATE: a UIDVALIDITY is never given twice
INSERT INTO mailbox (name, kind, use, uidvalidity)
VALUES (?1, ?2, ?3, max(CAST(strftime('%s', 'now') AS INTEGER), (SELECT max(uidvalidity) + 1 FROM mailbox)))
-- MAILBOX_DELETE
UPDATE mailbox SET name = NULL WHERE id = ?1
-- MAILBOX_NAMELESS: deleted ones that are not empty yet
SELECT id FROM mailbox WHERE name IS NULL AND messages > 0 LIMIT 1
-- MAILBOX_BELOW: how many are below a name, and the longest of their names in bytes
SELECT count(*), ifnull(max(length(CAST(name AS BLOB))), 0) FROM mailbox
WHERE name > ?1 || '/' AND name < ?1 || '0'
-- MAILBOX_RENAME: with those below it
UPDATE mailbox SET name = ?2 || substr(name, length(?1) + 1)
WHERE name = ?1 OR (name > ?1 || '/' AND name < ?1 || '0')
-- MAILBOX_USED: a special use is given to one mailbox
SELECT id FROM mailbox WHERE name NOT NULL AND (use & ?1) <> 0 LIMIT 1
-- MAILBOX_USE
UPDATE mailbox SET use = ?2 WHERE id = ?1
-- SUBSCRIBE
INSERT OR IGNORE INTO subscription (name) VALUES (?1)
-- UNSUBSCRIBE
DELETE FROM subscription WHERE name = ?1
-- MAILBOX_ARRIVAL: what one message more gets. Here and below no RETURNING: SQLite makes a table for it each time
SELECT id, uidnext, modseq + 1 FROM mailbox WHERE name = ?1 AND uidnext < 4294967295
-- MAILBOX_GROW: ?2 messages more
UPDATE mailbox SET uidnext = uidnext + ?2, modseq = ?3, messages = messages + ?2, unseen = unseen + ?4,
	deleted = deleted + ?5, bytes = bytes + ?6
WHERE id = ?1
-- MAILBOX_ADJUST
UPDATE mailbox SET modseq = ?2, messages = messages - ?3, unseen = unseen + ?4, deleted = deleted + ?5,
	bytes = bytes - ?6
WHERE id = ?1

-- METADATA_LIST: entries that login ?2 may see
SELECT entry, length(value) FROM metadata
WHERE mailbox = ?1 AND login IN ('', ?2) AND value NOT NULL ORDER BY entry
-- METADATA_GET
SELECT value FROM metadata WHERE mailbox = ?1 AND login = ?2 AND entry = ?3 AND value NOT NULL
-- METADATA_EXISTS
SELECT 1 FROM metadata WHERE mailbox = ?1 AND login = ?2 AND entry = ?3 AND value NOT NULL
-- METADATA_COUNT
SELECT count(*) FROM metadata WHERE mailbox = ?1 AND login = ?2 AND value NOT NULL
-- METADATA_SET
INSERT OR REPLACE INTO metadata (mailbox, login, entry, value) VALUES (?1, ?2, ?3, ?4)
-- METADATA_REVISION: the newest ever given
SELECT seq FROM sqlite_sequence WHERE name = 'metadata'
-- METADATA_CHANGES
SELECT d.revision, ifnull(b.name, ''), d.entry FROM metadata d LEFT JOIN mailbox b ON b.id = d.mailbox
WHERE d.revision > ?1 AND d.login IN ('', ?2) AND (d.mailbox = 0 OR b.name NOT NULL) ORDER BY d.revision LIMIT ?3
-- METADATA_SWEEP
DELETE FROM metadata WHERE value IS NULL AND revision <= ?1
-- METADATA_DROP: of a deleted mailbox
DELETE FROM metadata WHERE mailbox = ?1

-- KEYWORD_LIST
SELECT bit, name FROM keyword WHERE mailbox = ?1
-- KEYWORD_FIND
SELECT bit FROM keyword WHERE mailbox = ?1 AND name = ?2
-- KEYWORD_NEXT
SELECT ifnull(max(bit) + 1, ?2) FROM keyword WHERE mailbox = ?1
-- KEYWORD_INSERT
INSERT INTO keyword (mailbox, bit, name) VALUES (?1, ?2, ?3)

-- The cursors' columns stand in the same order in each; list.c picks the query by what is asked for.
-- LIST
SELECT e.uid, e.modseq, e.flags, e.message, e.received, e.length, e.header_length, e.gone, e.saved
FROM entry e WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_FLAGS
SELECT e.uid, e.modseq, e.flags, e.gone
FROM entry e WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_WIRE
SELECT e.uid, e.modseq, e.flags, e.message, e.received, e.length, e.header_length, e.gone, e.saved,
	m.envelope, s.bodystructure, iif(?5 & 4, s.parts, NULL)
FROM entry e CROSS JOIN message m ON m.id = e.message CROSS JOIN structure s ON s.id = m.structure
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_HEAD: with the blob of the header block, where there is one
SELECT e.uid, e.modseq, e.flags, e.message, e.received, e.length, e.header_length, e.gone, e.saved,
	NULL, NULL, NULL, h.id, h.size, h.codec, h.exemplar, h.data
FROM entry e LEFT JOIN message m ON m.id = e.message LEFT JOIN blob h ON h.id = m.head
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_WIRE_HEAD
SELECT e.uid, e.modseq, e.flags, e.message, e.received, e.length, e.header_length, e.gone, e.saved,
	m.envelope, s.bodystructure, iif(?5 & 4, s.parts, NULL), h.id, h.size, h.codec, h.exemplar, h.data
FROM entry e CROSS JOIN message m ON m.id = e.message CROSS JOIN structure s ON s.id = m.structure
	LEFT JOIN blob h ON h.id = m.head
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_SEARCH
SELECT e.uid, e.modseq, e.flags, e.message, e.received, e.length, e.header_length, e.gone, e.saved,
	NULL, NULL, NULL, h.h_from, h.h_to, h.h_cc, h.h_bcc, h.subject, h.sent, h.thread
FROM entry e CROSS JOIN search_head h ON h.message = e.message
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_SEARCH_TEXT: one text behind the columns of LIST_FLAGS; ?5 is enum quarantine_field
SELECT e.uid, e.modseq, e.flags, e.gone, CASE ?5 WHEN 32768 THEN h.h_from WHEN 524288 THEN h.subject
	WHEN 65536 THEN h.h_to WHEN 131072 THEN h.h_cc WHEN 262144 THEN h.h_bcc END
FROM entry e CROSS JOIN search_head h ON h.message = e.message
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_ALL
SELECT e.uid, e.modseq, e.flags, e.message, e.received, e.length, e.header_length, e.gone, e.saved,
	m.envelope, s.bodystructure, iif(?5 & 4, s.parts, NULL), h.h_from, h.h_to, h.h_cc, h.h_bcc, h.subject, h.sent, h.thread
FROM entry e CROSS JOIN message m ON m.id = e.message CROSS JOIN structure s ON s.id = m.structure
	CROSS JOIN search_head h ON h.message = e.message
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_ARRIVAL: the first columns of LIST_SORT
SELECT e.uid, e.received, e.length, e.gone, NULL
FROM entry e WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_SORT_TEXT: one text, or none; ?5 is enum quarantine_field
SELECT e.uid, e.received, e.length, e.gone, k.sent, CASE ?5 WHEN 80 THEN k.subject WHEN 144 THEN k.from_mailbox
	WHEN 272 THEN k.to_mailbox WHEN 528 THEN k.cc_mailbox WHEN 1040 THEN k.from_display
	WHEN 2064 THEN k.to_display END
FROM entry e CROSS JOIN sort_key k ON k.message = e.message
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- LIST_SORT: several, or the links; a column that is not read costs nothing
SELECT e.uid, e.received, e.length, e.gone, k.sent,
	iif(?5 & 64, k.subject, NULL), iif(?5 & 128, k.from_mailbox, NULL), iif(?5 & 256, k.to_mailbox, NULL),
	iif(?5 & 512, k.cc_mailbox, NULL), iif(?5 & 1024, k.from_display, NULL),
	iif(?5 & 2048, k.to_display, NULL), k.reply, k.message_id, iif(?5 & 4096, k.ancestors, NULL)
FROM entry e CROSS JOIN sort_key k ON k.message = e.message
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND (?4 OR e.gone = 0) ORDER BY e.uid
-- CHANGES: the columns of LIST_FLAGS
SELECT e.uid, e.modseq, e.flags, e.gone
FROM entry e WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND e.modseq > ?4 ORDER BY e.uid
-- CHANGED_BLOCKS: of those from ?2 to ?3; UIDNEXT is in the one that is not full
SELECT block FROM entry_block INDEXED BY entry_block_modseq
WHERE mailbox = ?1 AND block BETWEEN ?2 AND ?3 AND modseq > ?4
UNION SELECT uidnext >> 7 FROM mailbox WHERE id = ?1 AND uidnext >> 7 BETWEEN ?2 AND ?3 ORDER BY 1
-- BLOCK_MARK
INSERT INTO entry_block (mailbox, block, modseq) VALUES (?1, ?2, ?3)
ON CONFLICT (mailbox, block) DO UPDATE SET modseq = excluded.modseq
-- BLOCK_DROP: when no entry is left in it
DELETE FROM entry_block WHERE mailbox = ?1 AND block = ?2
	AND NOT EXISTS (SELECT 1 FROM entry WHERE mailbox = ?1 AND uid BETWEEN ?2 << 7 AND (?2 << 7) + 127)
-- UIDS
SELECT uid FROM entry WHERE mailbox = ?1 AND gone = 0 ORDER BY uid
-- UIDS_GONE: given once and no longer there, as ranges
SELECT uid, uid FROM entry INDEXED BY entry_gone WHERE gone > 0 AND mailbox = ?1
UNION ALL SELECT first_uid, last_uid FROM tombstone WHERE mailbox = ?1 ORDER BY 1
-- VANISHED: the same, of those that left later than ?2
SELECT uid, uid FROM entry INDEXED BY entry_gone WHERE gone > 0 AND mailbox = ?1 AND modseq > ?2
UNION ALL SELECT first_uid, last_uid FROM tombstone WHERE mailbox = ?1 AND modseq > ?2 ORDER BY 1

-- MESSAGE_INSERT
INSERT INTO message (length, header_length, head, body, structure, envelope, likeness)
VALUES (?1, ?2, nullif(?3, 0), nullif(?4, 0), ?5, ?6, ?7)
-- MESSAGE_BYTES
SELECT length, header_length, head, body FROM message WHERE id = ?1
-- MESSAGE_PARTS
SELECT m.length, m.header_length, s.parts
FROM message m CROSS JOIN structure s ON s.id = m.structure WHERE m.id = ?1
-- MESSAGE_HOLDS
SELECT head, body, structure FROM message WHERE id = ?1
-- MESSAGE_MORE
SELECT more FROM message_shared WHERE message = ?1
-- MESSAGE_FEWER
UPDATE message_shared SET more = more - 1 WHERE message = ?1
-- MESSAGE_ALONE
DELETE FROM message_shared WHERE message = ?1
-- MESSAGE_DELETE
DELETE FROM message WHERE id = ?1
-- SEARCH_HEAD_INSERT
INSERT INTO search_head (message, sent, h_from, h_to, h_cc, h_bcc, subject, thread)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, 0))
-- SEARCH_HEAD_DELETE
DELETE FROM search_head WHERE message = ?1
-- SORT_KEY_INSERT
INSERT INTO sort_key (message, sent, reply, message_id, ancestors, subject, from_mailbox, to_mailbox,
	cc_mailbox, from_display, to_display)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
-- SORT_KEY_DELETE
DELETE FROM sort_key WHERE message = ?1
-- FACT_INSERT
INSERT INTO fact (message, direction, received, class, sub_class, evidence, score, action, sender,
	client_address, client_name, helo, auth_user, auth_domain, identity, queue_id,
	raw_length, line_feeds, hash, recipients)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
-- FACT_GET
SELECT direction, received, class, sub_class, evidence, score, action, sender,
	client_address, client_name, helo, auth_user, auth_domain, identity, queue_id,
	raw_length, line_feeds, hash, recipients
FROM fact WHERE message = ?1
-- FACT_DELETE
DELETE FROM fact WHERE message = ?1
-- ENTRY_INSERT
INSERT INTO entry (mailbox, uid, message, flags, modseq, received, length, header_length, saved)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, ?6))
-- COPY_LIST
SELECT uid, message, flags, received, length, header_length, home FROM entry
WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND gone = 0 ORDER BY uid LIMIT ?4
-- COPY_INSERT
INSERT INTO entry (mailbox, uid, message, flags, modseq, received, length, header_length, home, saved)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, 0), nullif(?10, ?6))
-- COPY_LEAVE: moved entries
UPDATE entry SET gone = ?4, gone_at = ?5, modseq = ?6 WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND gone = 0
-- RECALL_LIKE: how many messages are alike, of ?3 at most; how many of them have the header block ?2; one of these,
-- one of all
SELECT count(*), total(same), max(iif(same, id, 0)), max(id) FROM (
	SELECT m.id, ifnull(h.hash = ?2, 0) AS same FROM message m LEFT JOIN blob h ON h.id = m.head
	WHERE m.likeness = ?1 LIMIT ?3)
-- RECALL_GONE: where login ?2 expunged message ?1, at ?3 or later; a tombstone that was not recalled yet first
SELECT e.mailbox, e.uid, e.received, e.length, e.header_length,
	iif(e.gone <> ?4, NULL, iif(b.kind = ?5, e.mailbox, e.home))
FROM entry e INDEXED BY entry_gone_by JOIN mailbox b ON b.id = e.mailbox
WHERE e.message = ?1 AND e.gone_by = ?2 AND e.gone_at >= ?3 ORDER BY e.gone, e.gone_at DESC LIMIT 1
-- RECALL_REASON
UPDATE entry SET gone = ?3 WHERE mailbox = ?1 AND uid = ?2
-- MESSAGE_SHARE: one more entry names it
INSERT INTO message_shared (message, more) VALUES (?1, 1) ON CONFLICT (message) DO UPDATE SET more = more + 1

-- STRUCTURE_FIND
SELECT id FROM structure WHERE hash = ?1
-- STRUCTURE_USE
UPDATE structure SET users = users + 1 WHERE id = ?1
-- STRUCTURE_INSERT
INSERT INTO structure (hash, users, bodystructure, parts) VALUES (?1, 1, ?2, ?3)
-- STRUCTURE_RELEASE
UPDATE structure SET users = users - 1 WHERE id = ?1
-- STRUCTURE_DELETE
DELETE FROM structure WHERE id = ?1 AND users = 0

-- BLOB_FIND
SELECT id FROM blob WHERE hash = ?1 AND once = 1
-- BLOB_USE
UPDATE blob SET users = users + 1 WHERE id = ?1
-- BLOB_INSERT
INSERT INTO blob (hash, size, stored, codec, exemplar, users, fingerprint, once, data)
VALUES (?1, ?2, ?3, ?4, nullif(?5, 0), 1, ?6, ?7, ?8)
-- BLOB_GET
SELECT size, codec, exemplar, hash, data FROM blob WHERE id = ?1
-- BLOB_EXEMPLAR: asked while BLOB_GET stands on the blob that needs it
SELECT size, codec, data FROM blob WHERE id = ?1
-- BLOB_RELEASE
UPDATE blob SET users = users - 1 WHERE id = ?1
-- BLOB_DELETE: only when nothing names it
DELETE FROM blob WHERE id = ?1 AND users = 0 AND siblings = 0 RETURNING exemplar, fingerprint
-- BLOB_SIBLINGS: the exemplar may have gone, or have its share, since it was looked up
SELECT siblings, fingerprint FROM blob WHERE id = ?1 AND exemplar IS NULL AND siblings < ?2
-- BLOB_SIBLING_ADD
UPDATE blob SET siblings = siblings + 1 WHERE id = ?1
-- BLOB_SIBLING_DROP
UPDATE blob SET siblings = siblings - 1 WHERE id = ?1
-- FEATURE_FIND
SELECT blob FROM feature WHERE feature = ?1
-- FEATURE_SET
INSERT OR REPLACE INTO feature (feature, blob) VALUES (?1, ?2)
-- FEATURE_DELETE
DELETE FROM feature WHERE feature = ?1 AND blob = ?2
-- FRAME_INSERT
INSERT INTO frame (blob, n, data) VALUES (?1, ?2, ?3)
-- FRAME_GET
SELECT data FROM frame WHERE blob = ?1 AND n = ?2
-- FRAME_DELETE
DELETE FROM frame WHERE blob = ?1

-- DELIVERY_KEY_FIND
SELECT message FROM delivery_key WHERE week = ?2 AND key = ?1
UNION ALL SELECT message FROM delivery_key WHERE week = ?2 - 1 AND key = ?1
UNION ALL SELECT message FROM delivery_key WHERE week = ?2 + 1 AND key = ?1
-- DELIVERY_KEY_SET
INSERT INTO delivery_key (week, key, message) VALUES (?2, ?1, ?3)
-- DELIVERY_KEY_OLD: whether there is something to sweep
SELECT 1 FROM delivery_key WHERE week < ?1 - 1 LIMIT 1
-- DELIVERY_KEY_SWEEP: a few at a time keeps the table small
DELETE FROM delivery_key WHERE (week, key) IN (
	SELECT week, key FROM delivery_key WHERE week < ?1 - 1 ORDER BY week, key LIMIT 4)

-- FLAGS_LIST
SELECT uid, flags, modseq FROM entry WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND gone = 0 ORDER BY uid
-- FLAGS_CHANGE
UPDATE entry SET flags = (flags & ?5) | ?6, modseq = ?7
WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND gone = 0 AND modseq <= ?4
	AND flags <> ((flags & ?5) | ?6)
-- MAILBOX_MODSEQ
SELECT modseq FROM mailbox WHERE id = ?1

-- EXPUNGE_LIST
SELECT uid, flags, length FROM entry
WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND gone = 0 AND (flags & ?4) = ?4 ORDER BY uid LIMIT ?5
-- EXPUNGE
UPDATE entry SET gone = ?5, gone_at = ?6, modseq = ?7, gone_by = ?8
WHERE mailbox = ?1 AND uid BETWEEN ?2 AND ?3 AND gone = 0 AND (flags & ?4) = ?4
-- EXPIRE_LIST: what was received before ?4, with what decides how long it is kept
SELECT e.uid, e.received, f.direction, f.class
FROM entry e CROSS JOIN fact f ON f.message = e.message
WHERE e.mailbox = ?1 AND e.uid BETWEEN ?2 AND ?3 AND e.gone = 0 AND e.received < ?4 ORDER BY e.uid
-- EXPIRE_FROM: UIDs that are gone cost nothing, however many
SELECT min(uid) FROM entry WHERE mailbox = ?1 AND uid >= ?2
-- EXPIRE_NEXT
SELECT min(id) FROM mailbox WHERE id > ?1 AND kind = ?2
-- EXPIRE_DONE
INSERT OR REPLACE INTO expiry (id, at) VALUES (1, ?1)
-- EXPIRE_LAST
SELECT at FROM expiry
-- PURGE_LIST
SELECT mailbox, uid, message, modseq, gone, gone_at FROM entry WHERE gone > 0 AND gone_at < ?1
ORDER BY gone_at LIMIT ?2
-- SHRINK: by 2 MiB at most
PRAGMA incremental_vacuum(512)
-- ENTRY_DELETE
DELETE FROM entry WHERE mailbox = ?1 AND uid = ?2
-- TOMBSTONE_BEFORE: the range that ends just below
SELECT first_uid, modseq, at FROM tombstone
WHERE mailbox = ?1 AND first_uid < ?2 AND last_uid = ?2 - 1 AND reason = ?3
ORDER BY first_uid DESC LIMIT 1
-- TOMBSTONE_AFTER: the range that begins just above
SELECT last_uid, modseq, at FROM tombstone WHERE mailbox = ?1 AND first_uid = ?2 + 1 AND reason = ?3
-- TOMBSTONE_SET
INSERT OR REPLACE INTO tombstone (mailbox, first_uid, last_uid, modseq, reason, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
-- TOMBSTONE_DELETE
DELETE FROM tombstone WHERE mailbox = ?1 AND first_uid = ?2

-- What stats.c, check.c and restore.c ask. A CHECK_ statement without arguments gives one text a fault.
-- Counters are compared by adding up, not by a FULL JOIN: SQLite 3.40 makes no index for one.
-- STATS_MESSAGES
SELECT count(*), ifnull(sum(length), 0) FROM message
-- STATS_STORED
SELECT ifnull(sum(stored), 0) FROM blob
-- STATS_TIMES
SELECT ifnull(min(received), 0), ifnull(max(received), 0) FROM fact WHERE direction > 0
-- STATS_FREE: bytes
SELECT (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size)
-- STATS_CLASSES: of present entries, so that the sums agree with the mailboxes
SELECT f.direction, ifnull(f.class, ''), count(*), sum(e.length), min(e.received), max(e.received)
FROM entry e CROSS JOIN fact f ON f.message = e.message
WHERE e.gone = 0 AND f.direction > 0 GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2
-- CHECK_TABLES
SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name
-- CHECK_TABLE: SQLite's own check of a table and its indexes; 'ok' when there is no fault
SELECT integrity_check FROM pragma_integrity_check(?1)
-- CHECK_MESSAGES
SELECT m.id, m.length, f.hash FROM message m LEFT JOIN fact f ON f.message = m.id
WHERE m.id > ?1 ORDER BY m.id LIMIT ?2
-- CHECK_COUNTERS
SELECT printf('mailbox %s: the counters say %d messages, %d unseen, %d deleted, %d bytes; '
	|| 'the entries say %d, %d, %d, %d', m.name, m.messages, m.unseen, m.deleted, m.bytes,
	ifnull(e.messages, 0), ifnull(e.unseen, 0), ifnull(e.deleted, 0), ifnull(e.bytes, 0))
FROM mailbox m LEFT JOIN (
	SELECT mailbox, count(*) AS messages, sum((flags & 1) = 0) AS unseen, sum((flags & 8) <> 0) AS deleted,
		sum(length) AS bytes
	FROM entry WHERE gone = 0 GROUP BY mailbox) e ON e.mailbox = m.id
WHERE m.messages <> ifnull(e.messages, 0) OR m.unseen <> ifnull(e.unseen, 0)
	OR m.deleted <> ifnull(e.deleted, 0) OR m.bytes <> ifnull(e.bytes, 0)
-- CHECK_UIDS
SELECT printf('mailbox %s: UIDNEXT %d or modseq %d is lower than what was given', m.name, m.uidnext, m.modseq)
FROM mailbox m
WHERE m.uidnext <= (SELECT ifnull(max(uid), 0) FROM entry WHERE mailbox = m.id)
	OR m.uidnext <= (SELECT ifnull(max(last_uid), 0) FROM tombstone WHERE mailbox = m.id)
	OR m.modseq < (SELECT ifnull(max(modseq), 0) FROM entry WHERE mailbox = m.id)
	OR m.modseq < (SELECT ifnull(max(modseq), 0) FROM entry_block WHERE mailbox = m.id)
	OR m.modseq < (SELECT ifnull(max(modseq), 0) FROM tombstone WHERE mailbox = m.id)
-- CHECK_BLOCKS
SELECT printf('mailbox %d: UIDs %d to %d have modseqs up to %d, their block says %d', e.mailbox, e.block << 7,
	(e.block << 7) + 127, e.modseq, ifnull(b.modseq, 0))
FROM (SELECT mailbox, uid >> 7 AS block, max(modseq) AS modseq FROM entry GROUP BY 1, 2) e
	JOIN mailbox m ON m.id = e.mailbox
	LEFT JOIN entry_block b ON b.mailbox = e.mailbox AND b.block = e.block
WHERE e.block < m.uidnext >> 7 AND e.modseq > ifnull(b.modseq, 0)
UNION ALL SELECT printf('mailbox %d: UIDs %d to %d are gone, their block is there', mailbox, block << 7,
	(block << 7) + 127)
FROM entry_block b WHERE NOT EXISTS (SELECT 1 FROM entry e
	WHERE e.mailbox = b.mailbox AND e.uid BETWEEN b.block << 7 AND (b.block << 7) + 127)
-- CHECK_TOMBSTONES
SELECT printf('mailbox %d: UID %d has an entry and a tombstone', e.mailbox, e.uid)
FROM tombstone t CROSS JOIN entry e ON e.mailbox = t.mailbox AND e.uid BETWEEN t.first_uid AND t.last_uid
-- CHECK_ENTRIES
SELECT printf('message %d: %d entries name it, it counts %d%s', id, sum(n), sum(says),
	iif(max(there), '', ' and is not there'))
FROM (SELECT id, 1 AS says, 0 AS n, 1 AS there FROM message
	UNION ALL SELECT message, more, 0, 0 FROM message_shared
	UNION ALL SELECT message, 0, 1, 0 FROM entry)
GROUP BY id HAVING sum(n) <> sum(says) OR NOT max(there)
-- CHECK_BLOBS
SELECT printf('blob %d: %d messages name it, it counts %d%s', id, sum(n), sum(says),
	iif(max(there), '', ' and is not there'))
FROM (SELECT id, users AS says, 0 AS n, 1 AS there FROM blob
	UNION ALL SELECT head, 0, 1, 0 FROM message WHERE head NOT NULL
	UNION ALL SELECT body, 0, 1, 0 FROM message WHERE body NOT NULL)
GROUP BY id HAVING sum(n) <> sum(says) OR NOT max(there)
-- CHECK_EXEMPLARS
SELECT printf('blob %d: %d blobs build on it, it counts %d%s', id, sum(n), sum(says),
	iif(max(there), '', ' and is not there'))
FROM (SELECT id, siblings AS says, 0 AS n, 1 AS there FROM blob
	UNION ALL SELECT exemplar, 0, 1, 0 FROM blob WHERE exemplar NOT NULL)
GROUP BY id HAVING sum(n) <> sum(says) OR NOT max(there)
-- CHECK_CHAINS
SELECT printf('blob %d: its exemplar %d has one itself', b.id, b.exemplar)
FROM blob b JOIN blob x ON x.id = b.exemplar WHERE x.exemplar NOT NULL
-- CHECK_FRAMES
SELECT printf('blob %d: it has neither bytes nor frames', b.id) FROM blob b
WHERE b.data IS NULL AND NOT EXISTS (SELECT 1 FROM frame f WHERE f.blob = b.id)
UNION ALL SELECT printf('blob %d: it is not there, its frames are', f.blob)
FROM frame f WHERE f.blob NOT IN (SELECT id FROM blob) GROUP BY f.blob
-- CHECK_STRUCTURES
SELECT printf('structure %d: %d messages name it, it counts %d%s', id, sum(n), sum(says),
	iif(max(there), '', ' and is not there'))
FROM (SELECT id, users AS says, 0 AS n, 1 AS there FROM structure
	UNION ALL SELECT structure, 0, 1, 0 FROM message)
GROUP BY id HAVING sum(n) <> sum(says) OR NOT max(there)
-- CHECK_COMPANIONS
SELECT printf('message %d: its facts, search texts or sort keys are not there', m.id)
FROM message m LEFT JOIN fact f ON f.message = m.id LEFT JOIN search_head h ON h.message = m.id
	LEFT JOIN sort_key k ON k.message = m.id
WHERE f.message IS NULL OR h.message IS NULL OR k.message IS NULL
UNION ALL SELECT printf('message %d: it is not there, its facts are', message) FROM fact
WHERE message NOT IN (SELECT id FROM message)
UNION ALL SELECT printf('message %d: it is not there, its search texts are', message) FROM search_head
WHERE message NOT IN (SELECT id FROM message)
UNION ALL SELECT printf('message %d: it is not there, its sort keys are', message) FROM sort_key
WHERE message NOT IN (SELECT id FROM message)
-- CHECK_METADATA
SELECT printf('mailbox %d: it is not there, its metadata are', mailbox) FROM metadata
WHERE mailbox <> 0 AND mailbox NOT IN (SELECT id FROM mailbox WHERE name NOT NULL) GROUP BY mailbox
-- RESTORE_UIDVALIDITY
UPDATE mailbox SET uidvalidity = max(?1 + id, uidvalidity + 1)
-- RESTORE_COUNTER: a copy that never held a message has none
INSERT INTO sqlite_sequence (name, seq) SELECT 'message', 0
WHERE 'message' NOT IN (SELECT name FROM sqlite_sequence)
-- RESTORE_IDS
UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'message'
-- RESTORE_MERGE: the log of the copy, into it
PRAGMA wal_checkpoint(TRUNCATE)
-- RESTORE_CHECK
PRAGMA integrity_check(1)
