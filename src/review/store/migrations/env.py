"""Runs the migrations on the connection that opened the store, in its transaction."""

from alembic import context

from review.store.guards import put_up, take_down
from review.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
take_down(connection)
context.run_migrations()
# The tables of an older version lack what today's views read.
if context.get_revision_argument() == context.script.get_current_head():
    put_up(connection)
