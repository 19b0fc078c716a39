"""Purging on commit: what stands in front of us forgets what a commit has changed (docs/adr/0010-purge.md)."""
