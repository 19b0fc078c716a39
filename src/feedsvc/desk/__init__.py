"""The desk: what is done to articles and tags within one transaction of the newsroom."""
