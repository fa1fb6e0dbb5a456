"""The workbench for programs: what the pages do, as JSON in and out, described by OpenAPI."""
