"""Worker processes that evaluate queries, and the pool that starts and kills them."""
