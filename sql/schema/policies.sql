-- Row-level security of the config tables: a session reads the tenants of its teams and edits the rows its team owns.
-- Which columns it may edit is a matter of grants. The owner's functions see everything; views filter for themselves.
-- A function under a scalar sub-select is evaluated once a statement, not once a row.
alter table jobgrid.tenant enable row level security;
alter table jobgrid.application enable row level security;
alter table jobgrid.team enable row level security;
alter table jobgrid.queue enable row level security;
alter table jobgrid.pool enable row level security;
alter table jobgrid.resource enable row level security;
alter table jobgrid.priority_level enable row level security;
alter table jobgrid.job_default enable row level security;
alter table jobgrid.job_kind enable row level security;
alter table jobgrid.job enable row level security;
alter table jobgrid.calendar enable row level security;
alter table jobgrid.calendar_day enable row level security;
alter table jobgrid.schedule enable row level security;
alter table jobgrid.blackout enable row level security;
alter table jobgrid.global_value enable row level security;

create policy "seen by the tenant's teams" on jobgrid.tenant for select to jobgrid_viewer
    using (tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[]));
create policy "seen by the tenant's teams" on jobgrid.application for select to jobgrid_viewer
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
create policy "seen by the tenant's teams" on jobgrid.team for select to jobgrid_viewer
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
create policy "seen by the tenant's teams, by all if shared" on jobgrid.queue for select to jobgrid_viewer
    using (tenant is null or tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
create policy "seen by all" on jobgrid.pool for select to jobgrid_viewer using (true);
create policy "seen by all" on jobgrid.resource for select to jobgrid_viewer using (true);
create policy "seen by all" on jobgrid.priority_level for select to jobgrid_viewer using (true);
create policy "seen by all" on jobgrid.job_default for select to jobgrid_viewer using (true);
create policy "seen by all" on jobgrid.job_kind for select to jobgrid_viewer using (true);
create policy "seen by the tenant's teams" on jobgrid.job for select to jobgrid_viewer
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));

create policy "edited by admins" on jobgrid.tenant to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.application to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.team to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.queue to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.pool to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.resource to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.priority_level to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.job_default to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.job_kind to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.job to jobgrid_admin using (true) with check (true);

-- A job without an owner team is no business user's; an author of the tenant may take it.
create policy "edited by the owner team's business" on jobgrid.job for update to jobgrid_business
    using (owner_team = any ((select jobgrid_engine.actor_teams())::text[]));
create policy "written by the owner team's authors" on jobgrid.job for insert to jobgrid_author
    with check (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])
                and (owner_team is null or owner_team = any ((select jobgrid_engine.actor_teams())::text[])));
create policy "edited by the owner team's authors" on jobgrid.job for update to jobgrid_author
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])
           and (owner_team is null or owner_team = any ((select jobgrid_engine.actor_teams())::text[])));
create policy "deleted by the owner team's authors" on jobgrid.job for delete to jobgrid_author
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])
           and (owner_team is null or owner_team = any ((select jobgrid_engine.actor_teams())::text[])));

-- A schedule is edited by who may edit its job; a calendar by its owner team, one without a team by admins.
create policy "seen by the tenant's teams" on jobgrid.schedule for select to jobgrid_viewer
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
create policy "seen by the tenant's teams, by all if shared" on jobgrid.calendar for select to jobgrid_viewer
    using (tenant is null or tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
create policy "seen with the calendar" on jobgrid.calendar_day for select to jobgrid_viewer
    using (calendar in (select c.name from jobgrid.calendar c));
create policy "edited by admins" on jobgrid.schedule to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.calendar to jobgrid_admin using (true) with check (true);
create policy "edited by admins" on jobgrid.calendar_day to jobgrid_admin using (true) with check (true);
create policy "edited by the owner team" on jobgrid.schedule to jobgrid_business, jobgrid_author
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])
           and exists (select from jobgrid.job j where j.tenant = schedule.tenant and j.full_name = schedule.job
                       and j.owner_team = any ((select jobgrid_engine.actor_teams())::text[])));
create policy "edited by the owner team" on jobgrid.calendar to jobgrid_business
    using (owner_team = any ((select jobgrid_engine.actor_teams())::text[])
           and (tenant is null or tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])));
create policy "edited by the owner team" on jobgrid.calendar_day to jobgrid_business
    using (exists (select from jobgrid.calendar c where c.name = calendar_day.calendar
                   and c.owner_team = any ((select jobgrid_engine.actor_teams())::text[])
                   and (c.tenant is null or c.tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]))));

-- A blackout of a job is edited by who may edit the job, one of a team by that team, all others by admins.
create policy "seen by the tenant's teams, by all if shared" on jobgrid.blackout for select to jobgrid_viewer
    using (tenant is null or tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
create policy "edited by admins" on jobgrid.blackout to jobgrid_admin using (true) with check (true);
create policy "edited by the owner team" on jobgrid.blackout to jobgrid_business
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[])
           and (team = any ((select jobgrid_engine.actor_teams())::text[])
                or exists (select from jobgrid.job j where j.tenant = blackout.tenant and j.full_name = blackout.job
                           and j.owner_team = any ((select jobgrid_engine.actor_teams())::text[]))));

-- A global value is edited by its owner team, one without a team by admins.
create policy "seen by the tenant's teams" on jobgrid.global_value for select to jobgrid_viewer
    using (tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
create policy "edited by admins" on jobgrid.global_value to jobgrid_admin using (true) with check (true);
create policy "edited by the owner team" on jobgrid.global_value to jobgrid_business
    using (owner_team = any ((select jobgrid_engine.actor_teams())::text[])
           and tenant = any ((select jobgrid_engine.visible_tenant_names())::text[]));
