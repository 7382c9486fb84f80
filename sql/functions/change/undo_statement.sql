-- The statement that takes a change back, for its caller to run as himself; null where there is nothing to do. The row
-- stays locked, so that nobody changes it between this look and that statement. Raises JG002 where a later change would
-- be lost. mark: the last change so far.
create or replace function jobgrid_engine.undo_statement(change bigint, out statement text, out mark bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    set timezone = 'UTC' set intervalstyle = 'postgres'
as $$
declare
    acts    constant text[] := '{held,held_reason,taken_out,bypassed,flag_reason,flag_until,paused,paused_reason}';
    target  jobgrid_engine.config_change;
    culprit jobgrid_engine.config_change;
    row_key jsonb;
    sought  jsonb;
    found_as jsonb;
    back    jsonb;
    differ  text[];
begin
    select * into target from jobgrid_engine.config_change c where c.change_id = undo_statement.change;
    select max(c.change_id) into mark from jobgrid_engine.config_change c;
    if target.operation = 'update' and target.new - acts = '{}' then
        raise exception using errcode = 'JG002',
            message = format('change %s of %s %s is an act, which is not undone', target.change_id, target.table_name,
                             target.key),
            hint = format('See jobgrid.%s.', case target.table_name when 'queue' then 'resume_queue() and pause_queue()'
                                             else 'release(), hold(), take_out() and bypass()' end);
    end if;
    -- Again where somebody has renamed the row while its lock was waited for.
    loop
        sought := row_key;
        row_key := target.key;
        if target.operation <> 'delete' then
            select l.key into row_key from jobgrid_engine.later_changes(target.change_id) l
            order by l.change_id desc limit 1;
            row_key := coalesce(row_key, target.key);
        end if;
        exit when row_key = sought;
        execute format('select jobgrid_engine.config_row(to_jsonb(t)) from jobgrid.%I t where %s for update',
                       target.table_name, jobgrid_engine.key_condition(target.table_name, row_key)) into found_as;
        exit when found_as is not null;
    end loop;

    if target.operation = 'delete' then
        differ := array(select o.key from jsonb_each(target.old) o where found_as -> o.key <> o.value);
        if cardinality(differ) > 0 then
            select * into culprit from jobgrid_engine.config_change c
            where c.table_name = target.table_name and c.key = row_key and c.change_id > target.change_id
              and (c.operation = 'insert' or c.old_key is not null)
            order by c.change_id desc limit 1;
            perform jobgrid_engine.refuse_undo(target, 'there is another of that name', culprit, 'give it another name.');
        elsif found_as is null then
            statement := jobgrid_engine.edit_statement(target.table_name, 'insert', row_key, target.old);
        end if;
        return;
    elsif found_as is null then
        if target.operation = 'update' then
            select * into culprit from jobgrid_engine.later_changes(target.change_id) l
            where l.operation = 'delete' order by l.change_id desc limit 1;
            perform jobgrid_engine.refuse_undo(target, 'the row is gone', culprit, 'insert it anew.');
        end if;
        return;
    end if;

    -- Neither as the change left it nor as it was before: somebody has decided since.
    differ := array(select n.key from jsonb_each(target.new) n
                    where found_as -> n.key <> n.value and found_as -> n.key is distinct from target.old -> n.key);
    if cardinality(differ) > 0 then
        select * into culprit from jobgrid_engine.later_changes(target.change_id) l
        where l.new ?| differ order by l.change_id desc limit 1;
        perform jobgrid_engine.refuse_undo(target, format('%s changed since', array_to_string(differ, ', ')), culprit,
                                           'edit the row as it is to be.');
    elsif target.operation = 'insert' then
        statement := jobgrid_engine.edit_statement(target.table_name, 'delete', row_key, null);
    else
        select jsonb_object_agg(o.key, o.value) into back from jsonb_each(target.old) o where found_as -> o.key <> o.value;
        if back is not null then
            statement := jobgrid_engine.edit_statement(target.table_name, 'update', row_key, back);
        end if;
    end if;
end
$$;
comment on function jobgrid_engine.undo_statement(bigint) is 'SQL that takes a change back; raises JG002';
grant execute on function jobgrid_engine.undo_statement(bigint) to jobgrid_business, jobgrid_author, jobgrid_admin;
