"""Cities side by side, and the cities that are like a city."""
