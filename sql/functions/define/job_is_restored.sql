-- A row that brings its own created_at is a row of a dump: nobody but the owner may write that column, and its default
-- is the transaction's time. Such a row was checked when it was written, and what is derived from it is in the dump
-- too: its roles, upstream jobs or teams may come later or not at all, so that it is taken exactly as it is.
create or replace function jobgrid_engine.job_is_restored(created_at timestamptz) returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$ select created_at <> transaction_timestamp() $$;
comment on function jobgrid_engine.job_is_restored(timestamptz) is 'Whether a new row of job comes from a dump';
