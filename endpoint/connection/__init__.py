"""Client connections: their limits, and the fast path for `/sparql`."""
