"""What Alembic runs: the migrations, in the transaction that `database.migrate` began."""

from alembic import context

from outcry.broker.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
