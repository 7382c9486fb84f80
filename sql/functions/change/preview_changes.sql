-- What COMMIT would change: starts in the next 35 days and until after the next two month ends, runs that are there already, and
-- what looks wrong. With a change set: what its approval would, found out by making its edits and taking them back.
create or replace function jobgrid.preview_changes(n integer default 100, change_set bigint default null)
returns table (what text, tenant text, job text, schedule text, was timestamptz, becomes timestamptz, detail text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target jobgrid_engine.change_set;
    rows   jsonb;
begin
    if n is null or n not between 0 and 100000 then
        raise exception using errcode = 'JG003', message = 'n is between 0 and 100000',
            hint = 'SELECT * FROM jobgrid.preview_changes(1000);';
    end if;
    if change_set is null then
        return query select p.* from jobgrid_engine.preview(null, preview_changes.n) p;
        return;
    end if;
    target := jobgrid_engine.find_change_set(change_set);
    if target.state not in ('proposed', 'scheduled', 'failed') then
        raise exception using errcode = 'JG002',
            message = format('change set %s is %s', target.change_set, target.state),
            hint = format('SELECT * FROM jobgrid.proposed_edit WHERE change_set = %s;', target.change_set);
    elsif target.proposed_by <> jobgrid_engine.actor_role() and not pg_has_role(jobgrid_engine.actor_role(), 'jobgrid_approver', 'member') then
        raise exception using errcode = 'JG004',
            message = format('change set %s was proposed by "%s"', target.change_set, target.proposed_by),
            detail = 'Its preview is for him, and for who has jobgrid_approver.',
            hint = format('SELECT * FROM jobgrid.proposed_edit WHERE change_set = %s;', target.change_set);
    end if;
    begin
        perform jobgrid_engine.apply_edits(target.change_set);
        select jsonb_agg(to_jsonb(p)) into rows from jobgrid_engine.preview(target.valid_from, preview_changes.n) p;
        raise exception using errcode = 'JGTRY';
    exception when sqlstate 'JGTRY' then
        null;
    end;
    return query
        select r.* from jsonb_to_recordset(rows) r (what text, tenant text, job text, schedule text, was timestamptz, becomes timestamptz, detail text);
end
$$;
comment on function jobgrid.preview_changes(integer, bigint)
    is 'What the edits of this transaction, or of a change set, will do: counts, warnings, runs, and the first n starts that differ';
grant execute on function jobgrid.preview_changes(integer, bigint) to jobgrid_viewer;
