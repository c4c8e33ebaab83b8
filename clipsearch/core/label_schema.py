"""The tables of the user's own words, version by version."""

APPLICATION_ID = 0x434C5053
""""CLPS": tells our file from any other SQLite database."""

# The statements of each version; applied in order, each version in its own transaction.
MIGRATIONS = (
    (
        """
        CREATE TABLE folders (
            path TEXT PRIMARY KEY,
            added_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE activations (  -- the last row is the active space; going back is a new row
            id INTEGER PRIMARY KEY,
            model TEXT NOT NULL,
            space TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            activated_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE rebuilding (  -- a row while the lost index is not complete again
            since TEXT NOT NULL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE drives (  -- where photos lie on a drive that can be taken away
            place TEXT PRIMARY KEY,
            mount TEXT NOT NULL
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE saved_searches (
            name TEXT PRIMARY KEY,
            query TEXT NOT NULL,
            saved_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE searches (  -- each text once, the latest with the highest number
            number INTEGER PRIMARY KEY,
            query TEXT NOT NULL UNIQUE
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE tags (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,  -- the name without case, which tells tags apart
            name TEXT NOT NULL,  -- as the user writes it; levels are parted by |
            created_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE decisions (  -- what a photo shows, and what it does not
            tag INTEGER NOT NULL REFERENCES tags (id),
            content_hash TEXT NOT NULL,
            verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'rejected')),
            source TEXT NOT NULL,  -- who said so: user, or the file it was imported from
            decided_at TEXT NOT NULL,
            PRIMARY KEY (tag, content_hash)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX decisions_of_a_photo ON decisions (content_hash)",
        """
        CREATE TABLE ratings (
            content_hash TEXT PRIMARY KEY,
            stars INTEGER NOT NULL CHECK (stars BETWEEN -1 AND 5),
            source TEXT NOT NULL,
            rated_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE favourites (
            content_hash TEXT PRIMARY KEY,
            since TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE collections (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,  -- the name without case
            name TEXT NOT NULL,
            query TEXT,  -- of a smart one, in the query language; null where photos are put in
            note TEXT NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE collected (
            collection INTEGER NOT NULL REFERENCES collections (id),
            content_hash TEXT NOT NULL,
            caption TEXT NOT NULL,
            added_at TEXT NOT NULL,
            PRIMARY KEY (collection, content_hash)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX collections_of_a_photo ON collected (content_hash)",
    ),
    (
        "DROP TABLE IF EXISTS vocabulary",  # Some files of version 4 have it; it was never written.
        """
        CREATE TABLE vocabulary_tags (  -- the library's own vocabulary; without rows, what ships
            id INTEGER PRIMARY KEY,  -- the order in which they were written
            key TEXT NOT NULL UNIQUE,  -- the name without case
            name TEXT NOT NULL,
            description TEXT NOT NULL CHECK (json_valid(description))  -- as core/tag_file.py says
        ) STRICT
        """,
    ),
    (
        """
        CREATE TABLE rewritten (  -- contents of files into which clipsearch wrote words
            content_hash TEXT PRIMARY KEY,
            made_of TEXT NOT NULL,  -- the file's content before
            origin TEXT NOT NULL  -- the first of such a row: names the photo in its own XMP
        ) STRICT
        """,
        "CREATE INDEX heirs_of_a_content ON rewritten (made_of)",
    ),
)
SCHEMA_VERSION = len(MIGRATIONS)

EDITED = (
    "tags",
    "decisions",
    "ratings",
    "favourites",
    "collections",
    "collected",
    "saved_searches",
    "vocabulary_tags",
)
"""Tables of what the user says: it can be undone, exported, and restored from a backup.

A table stands behind those that it refers to.
"""

KEYED_BY_CONTENT = ("decisions", "ratings", "favourites", "collected")
"""Tables of what is said of a content: a content that takes another one's place gets a copy."""

SINCE = {"vocabulary_tags": 5}
"""Of tables whose words lay elsewhere before: the first version that has them."""
