"""How clients discover the dataset: DCAT, dumps, feeds, LDES, sitemap."""
