"""The bundled questions as pages: a form from the parameters of each, and its answer."""
