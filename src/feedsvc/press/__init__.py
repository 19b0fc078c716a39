"""The press: names a document, and gets its representation, from the cache or freshly printed from one snapshot."""
