"""The parts of the OpenAPI document: operations, parameters, responses, problems."""
