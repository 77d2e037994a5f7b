/** Ordered schema steps; `PRAGMA user_version` counts those applied. Never edit a released step: add one. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE users (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, role TEXT NOT NULL,
    passwordHash TEXT NOT NULL, createdAt INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE grants (
    userId TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, deviceId TEXT NOT NULL,
    capabilities TEXT NOT NULL, PRIMARY KEY (userId, deviceId)
  ) STRICT;
  CREATE TABLE passkeys (
    id TEXT PRIMARY KEY, userId TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, rpId TEXT NOT NULL,
    publicKey BLOB NOT NULL, counter INTEGER NOT NULL, transports TEXT NOT NULL, name TEXT NOT NULL,
    createdAt INTEGER NOT NULL, lastUsedAt INTEGER
  ) STRICT;
  CREATE TABLE challenges (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, userId TEXT, rpId TEXT NOT NULL, challenge TEXT NOT NULL,
    expiresAt INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, tokenHash TEXT NOT NULL UNIQUE, userId TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    trusted INTEGER NOT NULL, userAgent TEXT NOT NULL, address TEXT NOT NULL, createdAt INTEGER NOT NULL,
    lastSeenAt INTEGER NOT NULL, expiresAt INTEGER NOT NULL
  ) STRICT;
  -- A browser that signed in here before; its wrong passwords never slow others, and others' never slow it.
  CREATE TABLE knownBrowsers (
    tokenHash TEXT PRIMARY KEY, userId TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    createdAt INTEGER NOT NULL, lastSeenAt INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE throttle (
    bucket TEXT PRIMARY KEY, failures INTEGER NOT NULL, nextAllowedAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE allowedHosts (name TEXT PRIMARY KEY, createdAt INTEGER NOT NULL) STRICT;
  CREATE TABLE secrets (
    tableName TEXT NOT NULL, rowId TEXT NOT NULL, field TEXT NOT NULL, keyId TEXT NOT NULL,
    nonce BLOB NOT NULL, ciphertext BLOB NOT NULL, PRIMARY KEY (tableName, rowId, field)
  ) STRICT;

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actorId TEXT, actorName TEXT NOT NULL, event TEXT NOT NULL,
    deviceId TEXT, detail TEXT NOT NULL, prevHash TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER auditNoUpdate BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
  CREATE TRIGGER auditNoDelete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

  CREATE TABLE sites (id TEXT PRIMARY KEY, rev INTEGER NOT NULL, name TEXT NOT NULL, timeZone TEXT NOT NULL) STRICT;
  CREATE TABLE racks (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL REFERENCES sites(id), rev INTEGER NOT NULL, name TEXT NOT NULL,
    kind TEXT NOT NULL, height INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE devices (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL REFERENCES sites(id), rev INTEGER NOT NULL, name TEXT NOT NULL,
    kind TEXT NOT NULL, rackId TEXT REFERENCES racks(id), posHalfU INTEGER, heightHalfU INTEGER,
    face TEXT NOT NULL DEFAULT 'front', isFullDepth INTEGER NOT NULL DEFAULT 1,
    shelf INTEGER, slot INTEGER, notes TEXT NOT NULL, isProtected INTEGER NOT NULL, layout TEXT NOT NULL,
    checks TEXT NOT NULL, dependsOn TEXT NOT NULL DEFAULT '[]', usualBackMs INTEGER,
    UNIQUE (siteId, name COLLATE NOCASE)
  ) STRICT;
  CREATE TABLE endpoints (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL REFERENCES sites(id), rev INTEGER NOT NULL, kind TEXT NOT NULL,
    address TEXT NOT NULL, port INTEGER NOT NULL, user TEXT NOT NULL, pin TEXT, offeredPin TEXT,
    lastGoodAddress TEXT, model TEXT NOT NULL, version TEXT NOT NULL, offer TEXT NOT NULL, UNIQUE (address, port)
  ) STRICT;
  CREATE TABLE consoles (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL, deviceId TEXT NOT NULL REFERENCES devices(id),
    endpointId TEXT NOT NULL REFERENCES endpoints(id), type TEXT NOT NULL, UNIQUE (endpointId, type)
  ) STRICT;
  CREATE TABLE powerPaths (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL, deviceId TEXT NOT NULL REFERENCES devices(id),
    endpointId TEXT NOT NULL REFERENCES endpoints(id), target TEXT NOT NULL, wiring TEXT NOT NULL,
    priority INTEGER NOT NULL, provenAt INTEGER, lastVerdict TEXT, UNIQUE (endpointId, target)
  ) STRICT;
  -- The newest small picture of each machine; kept with the machine when its KVM moves.
  CREATE TABLE pictures (deviceId TEXT PRIMARY KEY, endpointId TEXT NOT NULL, at INTEGER NOT NULL, jpeg BLOB NOT NULL) STRICT;

  CREATE TABLE nonces (
    nonce TEXT PRIMARY KEY, userId TEXT NOT NULL, deviceId TEXT NOT NULL, verb TEXT NOT NULL, pathId TEXT NOT NULL,
    stateTag TEXT NOT NULL, expiresAt INTEGER NOT NULL, actionId TEXT
  ) STRICT;
  CREATE TABLE actions (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL, deviceId TEXT NOT NULL, pathId TEXT, verb TEXT NOT NULL,
    userId TEXT NOT NULL, userName TEXT NOT NULL, phase TEXT NOT NULL, acceptedAt INTEGER NOT NULL, endedAt INTEGER,
    effect TEXT, back TEXT, usualBackMs INTEGER, steps TEXT NOT NULL
  ) STRICT;
  CREATE INDEX actionsByDevice ON actions (deviceId, acceptedAt);
  `,
  `
  -- Limited to granted devices: stays set when the last grant goes, so that taking rights away never gives others.
  ALTER TABLE users ADD COLUMN isLimited INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX sessionsByUser ON sessions (userId);
  CREATE INDEX auditByDevice ON audit (deviceId, seq);
  `,
  `
  -- What an action that is being watched knows, so that it can be taken up again after a restart.
  ALTER TABLE actions ADD COLUMN watch TEXT;
  CREATE INDEX noncesByExpiry ON nonces (expiresAt);
  `,
  `
  -- Of a BMC: cipher suite and quirks, as JSON; null for a PiKVM.
  ALTER TABLE endpoints ADD COLUMN ipmi TEXT;
  `,
  `
  -- REPLACE deletes without asking the delete trigger.
  CREATE TRIGGER auditNoReplace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq >= NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
  `,
  `
  -- Whether a machine's power LED is wired, as it was seen: after a restart "off" can be told from "not wired" at once.
  ALTER TABLE endpoints ADD COLUMN ledWiring TEXT;
  `,
  `
  -- Several machines behind one KVM: a console for each port of its switch; what was seen of a power LED's wire belongs
  -- to the machine at its end. Ports count from 0; -1 in the index stands for "plugged in directly".
  CREATE TABLE consolesByPort (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL, deviceId TEXT NOT NULL REFERENCES devices(id),
    endpointId TEXT NOT NULL REFERENCES endpoints(id), port INTEGER, type TEXT NOT NULL, ledWiring TEXT
  ) STRICT;
  INSERT INTO consolesByPort SELECT c.id, c.siteId, c.deviceId, c.endpointId, NULL, c.type, e.ledWiring
    FROM consoles c JOIN endpoints e ON e.id = c.endpointId;
  DROP TABLE consoles;
  ALTER TABLE consolesByPort RENAME TO consoles;
  CREATE UNIQUE INDEX consolesBySeat ON consoles (endpointId, type, COALESCE(port, -1));
  ALTER TABLE endpoints DROP COLUMN ledWiring;
  `,
  `
  -- Which sessions a driver holds on a device, in its own words: the next process closes them after a crash.
  ALTER TABLE endpoints ADD COLUMN sessionNotes TEXT;
  `,
  `
  -- What changed at each machine, and the newest value of each fact, so that a restart invents no change.
  CREATE TABLE stateChanges (
    id TEXT PRIMARY KEY, siteId TEXT NOT NULL, deviceId TEXT NOT NULL, at INTEGER NOT NULL, factKey TEXT NOT NULL,
    change TEXT NOT NULL
  ) STRICT;
  CREATE INDEX stateChangesByDevice ON stateChanges (deviceId, at);
  CREATE INDEX stateChangesByTime ON stateChanges (at);
  CREATE TABLE lastFacts (
    deviceId TEXT NOT NULL, factKey TEXT NOT NULL, change TEXT NOT NULL, PRIMARY KEY (deviceId, factKey)
  ) STRICT;
  -- The last small pictures of each machine; they stay with it when its KVM moves.
  CREATE TABLE pastPictures (
    deviceId TEXT NOT NULL, endpointId TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL, why TEXT NOT NULL,
    jpeg BLOB NOT NULL, PRIMARY KEY (deviceId, at)
  ) STRICT;
  -- When Crashcart was running: outside of these nobody saw what happened.
  CREATE TABLE watchSpans (startedAt INTEGER PRIMARY KEY, lastAt INTEGER NOT NULL) STRICT;
  -- The newest answers of DNS, for the day that it is dead.
  CREATE TABLE names (name TEXT PRIMARY KEY, addresses TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  `,
  `
  -- A link that lets one person in for some hours: its guest has no account, only this row.
  CREATE TABLE guestLinks (
    id TEXT PRIMARY KEY, tokenHash TEXT NOT NULL UNIQUE, deviceId TEXT, level TEXT NOT NULL,
    byUserId TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, createdAt INTEGER NOT NULL,
    expiresAt INTEGER NOT NULL, claimHash TEXT, sessionHash TEXT UNIQUE, guestName TEXT, joinedAt INTEGER,
    lastSeenAt INTEGER, userAgent TEXT, address TEXT
  ) STRICT;
  `,
  `
  -- The keys that open a machine's firmware, as JSON (null: the usual ones), and what was pressed after an action.
  ALTER TABLE devices ADD COLUMN bootKeys TEXT;
  ALTER TABLE actions ADD COLUMN catching TEXT;
  `,
  `
  -- When each host name was last reached by somebody signed in: over a websocket (live), over plain https instead (plain).
  CREATE TABLE reachedNames (
    name TEXT NOT NULL, way TEXT NOT NULL, at INTEGER NOT NULL, userName TEXT NOT NULL, userAgent TEXT NOT NULL,
    address TEXT NOT NULL, PRIMARY KEY (name, way)
  ) STRICT;
  `,
  `
  -- The newest time that a running server saw: how far the clock was moved while none ran.
  CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
  CREATE INDEX auditOfClock ON audit (seq) WHERE event = 'clock.set';
  `,
  `
  -- A machine's hardware address as somebody wrote it down, as JSON, and as it was seen when the machine answered.
  ALTER TABLE devices ADD COLUMN nic TEXT;
  CREATE TABLE seenMacs (
    deviceId TEXT NOT NULL, address TEXT NOT NULL, mac TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (deviceId)
  ) STRICT;
  `,
  `
  -- Ten codes to get in without the passphrase, each good once. Random, so that their plain hash is enough.
  CREATE TABLE recoveryCodes (
    codeHash TEXT PRIMARY KEY, userId TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    createdAt INTEGER NOT NULL, usedAt INTEGER
  ) STRICT;
  CREATE INDEX recoveryCodesByUser ON recoveryCodes (userId);
  -- Started by such a code, and no new passphrase set since.
  ALTER TABLE sessions ADD COLUMN isRecovery INTEGER NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE powerPaths ADD COLUMN rev INTEGER NOT NULL DEFAULT 1;
  `,
]
