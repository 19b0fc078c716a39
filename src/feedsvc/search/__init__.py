"""Search: the words of the articles, an index of them that follows the journal, and what is asked of it."""
