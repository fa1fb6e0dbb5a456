"""One module per page of the workbench."""
