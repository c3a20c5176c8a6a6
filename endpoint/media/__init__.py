"""Pictures of policies and cities: fetched once, decoded apart, and shown from here."""
