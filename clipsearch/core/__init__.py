"""The domain: photos, the library, indexing and search. Knows no Qt."""
