"""The history of the graph: what each version changed, and the sitemap and event stream of it."""
