"""The parts of which the OpenAPI document is made: operations, parameters, answers, problems."""
