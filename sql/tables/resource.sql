-- A token that exists so many times in the whole grid, such as a licence; others are a node's own. What is taken is not
-- stored: it is what the leases need.
create table jobgrid.resource (
    name        text not null,
    amount      integer not null,
    description text,
    row_version integer not null default 1,
    constraint resource_pkey primary key (name),
    constraint "a token's name has 1 to 63 letters, digits, _ . -" check (name ~ '^[A-Za-z0-9_.-]{1,63}$'),
    constraint "amount is between 0 and 1000000" check (amount between 0 and 1000000)
);
create unique index "a token's name is unique regardless of case" on jobgrid.resource (lower(name));
comment on table jobgrid.resource is 'Tokens of which the whole grid has a fixed number';

select pg_extension_config_dump('jobgrid.resource', '');
