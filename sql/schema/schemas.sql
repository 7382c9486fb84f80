-- Plain CREATE SCHEMA: it fails where somebody made the schema before us, and that is wanted.
create schema jobgrid;
comment on schema jobgrid is 'Batch scheduler: what people use (tables, views, functions)';
create schema jobgrid_engine;
comment on schema jobgrid_engine is 'Batch scheduler: narrow tables, partitions and the executor protocol';
